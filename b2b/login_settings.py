"""Settings of who asks and how they prove it: partners' systems by OAuth 2.0, staff by password and code."""

from datetime import timedelta
from typing import Any

import environ

from b2b.roles import ROLES
from partners.rules import SCOPES, TOKEN_LIFETIME_SECONDS

_env = environ.Env()

AUTH_USER_MODEL = "core.StaffUser"
OAUTH2_PROVIDER_APPLICATION_MODEL = "partners.ApiClient"
OAUTH2_PROVIDER: dict[str, Any] = {
    "OAUTH2_SERVER_CLASS": "oauthlib.oauth2.BackendApplicationServer",
    "OAUTH2_VALIDATOR_CLASS": "partners.oauth.validator.ClientValidator",
    "ACCESS_TOKEN_GENERATOR": "partners.oauth.tokens.sign_access_token",
    "ACCESS_TOKEN_EXPIRE_SECONDS": TOKEN_LIFETIME_SECONDS,
    "SCOPES": dict.fromkeys(SCOPES, ""),
    # RFC 9700 throughout, also where we serve no such grant.
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
}
OAUTH_REQUESTS_PER_MINUTE_ADDRESS = _env.int("B2B_OAUTH_REQUESTS_PER_MINUTE_ADDRESS", default=600)
OAUTH_REQUESTS_PER_MINUTE_CLIENT = _env.int("B2B_OAUTH_REQUESTS_PER_MINUTE_CLIENT", default=300)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "staff.passwords.GuessablePasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "staff.backends.StaffBackend"]
STAFF_ROLES = ROLES
OFFICE_SEEN = "partners.queries.scope.find_seen"
STAFF_IDLE = timedelta(minutes=15)
STAFF_SESSION_MAX = timedelta(hours=8)

# Wrong passwords are counted in PostgreSQL, by name and address together and by address alone, never by name
# alone: nobody locks a colleague out from elsewhere.
AXES_HANDLER = "staff.throttle.LoginThrottle"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "core.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "staff.throttle.locked_out"

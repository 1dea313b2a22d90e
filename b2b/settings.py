"""Settings of every process: from the environment and, beside a running copy, from `$B2B_VAR/state.json`.

`B2B_PROCESS` (api, office, jobs, owner) says which database login, URL conf and middleware this process has.
Without a state file and with nothing said, the settings are those of production.
"""

from typing import Any, Literal, cast
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from b2b import environment
from b2b.broker_settings import *  # noqa: F403 - each is a setting
from b2b.event_settings import *  # noqa: F403 - each is a setting
from b2b.login_settings import *  # noqa: F403 - each is a setting
from b2b.logs import logging_settings
from b2b.office import UNFOLD as OFFICE_FRAME
from b2b.stream_settings import *  # noqa: F403 - each is a setting
from b2b.webhook_settings import *  # noqa: F403 - each is a setting

env = environ.Env()

PROCESS: environment.Process = env.str("B2B_PROCESS", default="jobs")
if PROCESS not in environment.ROLES:
    raise ValueError(f"B2B_PROCESS is {PROCESS!r}; it must be one of {', '.join(environment.ROLES)}.")

VAR = environment.var_dir()
MODE = cast(Literal["local", "production"], environment.told("B2B_MODE", "mode") or "production")
PRODUCTION = MODE == "production"

DEBUG = False
SECRET_KEY = environment.told("B2B_SECRET_KEY", "secret_key")
LOCAL_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
ALLOWED_HOSTS = env.list("B2B_ALLOWED_HOSTS", default=[] if PRODUCTION else LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("B2B_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXY_HOPS = env.int("B2B_TRUSTED_PROXY_HOPS", default=0)

INSTALLED_APPS = [
    # First: it puts its own site in the place of Django's, where pages then register.
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "core",
    "staff",
    "approvals",
    "partners",
    "integration",
    "wallet",
    "risk",
    "sportsbook",
    "settlement",
    "reporting",
    "webhooks",
    "streaming",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "oauth2_provider",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "django_otp",
    "axes",
]

API_MIDDLEWARE = [
    "integration.middleware.RequestLog",
    "core.api.middleware.PartnerApi",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
OFFICE_MIDDLEWARE = [
    "core.admin.middleware.OfficeHeaders",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "core.admin.middleware.OfficeMiddleware",
    "staff.middleware.StaffSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
]
MIDDLEWARE = OFFICE_MIDDLEWARE if PROCESS == "office" else API_MIDDLEWARE
ROOT_URLCONF = "b2b.urls.office" if PROCESS == "office" else "b2b.urls.api"
# The office's domain is its operator's: whether browsers preload it is not ours to say. The API has no pages,
# cookies or sessions; its headers come from `core.api.middleware`, its document from `core.api.openapi`.
SILENCED_SYSTEM_CHECKS = (
    ["security.W021"]
    if PROCESS == "office"
    else [
        *("admin.E408", "admin.E409", "admin.E410", "axes.W002"),
        *("security.W001", "security.W002", "security.W003", "security.W021"),
        *("drf_spectacular.W001", "drf_spectacular.W002"),
    ]
)
WSGI_APPLICATION = "b2b.wsgi.application"
APPEND_SLASH = PROCESS == "office"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [environment.ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


# PostgreSQL: each process has its own login, and only that.


def _database(process: environment.Process) -> dict[str, Any]:
    url = environment.database_url(process)
    found: dict[str, Any] = (
        env.db_url_config(url) if url else {"ENGINE": "django.db.backends.postgresql", "NAME": "b2b"}
    )
    return {
        **found,
        "CONN_MAX_AGE": env.int("B2B_DATABASE_CONN_MAX_AGE", default=600),
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("B2B_DATABASE_TRANSACTION_POOLER", default=False),
        "OPTIONS": {
            **found.get("OPTIONS", {}),
            "application_name": f"b2b-{process}",
            "connect_timeout": env.int("B2B_DATABASE_CONNECT_TIMEOUT", default=5),
            # Cursors that ask for it may prepare; Django's own never do.
            "prepare_threshold": 5,
        },
        "TEST": {"NAME": env.str("B2B_TEST_DATABASE", default="b2b_test")},
    }


DATABASES = {"default": _database(PROCESS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


# What the relay writes and wakes: see `core.numbering`.

EVENT_SINKS = ["webhooks.fanning.write_deliveries"]
EVENT_BELLS = ["core.tasks.ring_for_facts", "streaming.bell.ring", "webhooks.pumping.bell.ring_pump"]


# Keys and files beside the database.

KEYS_DIR = VAR / "keys"
CHECKPOINTS_DIR = VAR / "checkpoints"
EVIDENCE_DIR = VAR / "evidence"
API_URL = environment.told("B2B_API_URL", "api_url")
OFFICE_URL = environment.told("B2B_OFFICE_URL", "office_url")
if PRODUCTION and PROCESS == "api" and not API_URL and not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS):
    # It is the tokens' issuer and audience, and no `Host` of a request may choose it.
    raise ImproperlyConfigured("B2B_API_URL must say under which URL partners reach the API.")
if PRODUCTION and PROCESS == "office" and not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS):
    # Links in letters lead there, and no `Host` of a request may choose it; partners' pages are elsewhere.
    if not OFFICE_URL.startswith("https://"):
        raise ImproperlyConfigured("B2B_OFFICE_URL must say under which https URL staff reach the office.")
    if any("*" in host or host.startswith(".") for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured("B2B_ALLOWED_HOSTS of the office names its hosts one by one.")
    if urlsplit(API_URL).hostname in ALLOWED_HOSTS:
        raise ImproperlyConfigured("The office has a hostname of its own, not the API's.")


# The API's views and its document.

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["partners.api.authentication.BearerToken"],
    "DEFAULT_THROTTLE_CLASSES": ["partners.api.throttling.TenantThrottle"],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Partner API",
    "VERSION": "2.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
UNFOLD: dict[str, Any] = dict(OFFICE_FRAME)


# Documents that partners hand in.

EVIDENCE_BYTES_MAX = env.int("B2B_EVIDENCE_BYTES_MAX", default=20 * 1024 * 1024)
# How long the dashboards' figures of single tenants are kept by the hour; those by the day stay.
HOURLY_FIGURES_DAYS = max(env.int("B2B_HOURLY_FIGURES_DAYS", default=90), 31)

COMPLIANCE_GRACE_DAYS = env.int("B2B_COMPLIANCE_GRACE_DAYS", default=14)
# The sanctions lists in which a name must have been looked for to be clear.
SCREENING_LISTS = env.list("B2B_SCREENING_LISTS", default=["eu", "un", "ofac", "ofsi"])


# Who we are on a statement.

# Our own side of a statement. A local copy is the demo's platform; production must say who it is.
PLATFORM_PARTY = {
    "legalName": env.str("B2B_LEGAL_NAME", default="" if PRODUCTION else "Demo Platform Ltd"),
    "legalAddress": env.str("B2B_LEGAL_ADDRESS", default="" if PRODUCTION else "1 Example Street, Valletta"),
    "vatNumber": env.str("B2B_VAT_NUMBER", default="" if PRODUCTION else "MT00000000"),
    "country": env.str("B2B_COUNTRY", default="" if PRODUCTION else "MT"),
}


# Letters to staff and partners: by SMTP, or in a local copy as files.

EMAIL_URL = env.str("B2B_EMAIL_URL", default="")
EMAIL_FILE_PATH = str(VAR / "mail")
EMAIL_TIMEOUT = env.int("B2B_EMAIL_TIMEOUT_SECONDS", default=10)
DEFAULT_FROM_EMAIL = env.str("B2B_EMAIL_FROM", default="office@localhost")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
elif not PRODUCTION:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


# Browsers. The API never redirects to https, the office does; over http on loopback cookies lack `Secure`.

SECURE_SSL_REDIRECT = PRODUCTION and PROCESS == "office"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_HOPS else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024


# Language, time, static files.

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = "b2b.formats"
STATIC_URL = "/static/"
STATIC_ROOT = env.str("B2B_STATIC_ROOT", default="") or None
WHITENOISE_USE_FINDERS = STATIC_ROOT is None
WHITENOISE_ALLOW_ALL_ORIGINS = False


# Logs: JSON lines, or coloured text under `make up`.

LOGGING = logging_settings(
    log_format=env.str("B2B_LOG_FORMAT", default="console" if not PRODUCTION else "json"),
    level=env.str("B2B_LOG_LEVEL", default="INFO"),
    request_level=env.str("B2B_LOG_LEVEL_REQUESTS", default="WARNING"),
)
LOGGING_CONFIG = "logging.config.dictConfig"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_COMMAND_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

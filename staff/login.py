"""The office's login form. It lies outside of `staff.admin`, because the site is made with it, before pages
register.
"""

from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from core import audit
from core.clock import now

if TYPE_CHECKING:
    from django.contrib.admin.forms import AdminAuthenticationForm as AuthenticationForm
else:
    from unfold.forms import AuthenticationForm

log = structlog.get_logger(__name__)


class LoginForm(AuthenticationForm):
    """A member of staff who comes in is recorded; whoever is turned away is logged, the answer always the
    same.
    """

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        here = audit.current_actor()
        with (
            transaction.atomic(),
            audit.acting(user.get_username(), request_id=here.request_id, address=here.address),
        ):
            audit.record(action="log in", subject=user, recorded_at=now())

    def get_invalid_login_error(self) -> Any:
        log.warning("staff login refused", username=str(self.cleaned_data.get("username", ""))[:150])
        return super().get_invalid_login_error()

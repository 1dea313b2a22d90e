"""The people behind a partner, in clear: its contacts, owners and directors, each look with a reason."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from core.admin.reveal import reveal_page
from partners.admin.page import tab_url
from partners.onboarding.models import BeneficialOwner, Contact, Director
from partners.queries.scope import partners_of


def _page(model: type[BeneficialOwner | Contact | Director], permission: str) -> Any:
    def reveal(request: HttpRequest, row_id: UUID) -> HttpResponse:
        if not request.user.has_perm(permission):
            raise PermissionDenied
        row: Any = get_object_or_404(model, pk=row_id, partner__in=partners_of(request.user))
        back = tab_url(row.partner_id, "overview" if model is Contact else "compliance")
        return reveal_page(request, row=row, permission=permission, back=back)

    return admin.site.admin_view(reveal)


reveal_contact = _page(Contact, "partners.reveal_contact")
reveal_director = _page(Director, "partners.reveal_director")
reveal_owner = _page(BeneficialOwner, "partners.reveal_beneficialowner")

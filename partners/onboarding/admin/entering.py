"""One page for every form about a partner: it asks, saves by one service, and goes back to the tab."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from core.admin.cells import Facts
from core.admin.commands import told
from core.admin.forms import add_refusal
from core.admin.pages import closed_page, office_page
from core.errors import Refusal
from partners.admin.page import tab_url
from partners.models import Partner
from partners.services.stops import check_not_ended

Check = Callable[[Partner], None]
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "BIRTH_DATE_INVALID": "birth_date",
        "DIRECTOR_UNDER_AGE": "birth_date",
        "SHARES_ABOVE_WHOLE": "share_percent",
        "CERTIFICATION_EXISTS": "evidence",
        "CONTACT_EXISTS": "email",
        "DIRECTOR_EXISTS": "name",
        "KYB_REVIEW_EXISTS": "findings",
        "OWNER_EXISTS": "name",
        "LICENCE_EXISTS": "number",
        "BANK_ACCOUNT_INCOMPLETE": "bic",
        "BANK_ACCOUNT_HOLDER_DIFFERS": "holder_difference",
        "FINDINGS_MISSING": "findings",
        "PROCESSOR_CONTRACT_EXISTS": "version",
        "EMAIL_INVALID": "email",
        "IDENTIFIER_INVALID": "vat_number",
        "PHONE_INVALID": "phone",
    }
)
"""At which field a refusal is shown that names none itself (`details`); others stand above the form."""


def for_ever(partner: Partner) -> None:
    """Let a form stay open after the end too: closing the books needs it."""


def entering(
    request: HttpRequest,
    partner: Partner,
    form: forms.Form,
    *,
    title: str,
    asks: str,
    button: str,
    save: Callable[[dict[str, Any]], Any],
    done: str,
    tab: str = "compliance",
    is_danger: bool = False,
    known: Callable[[], Sequence[Facts]] = tuple,
    check: Check = check_not_ended,
) -> HttpResponse:
    """Show a form (made with `request.POST or None`), or save what was filled in and say `done`.

    `known` returns what stands above the form; it is asked when the form is shown, not when it is saved.
    What `check` raises of the partner is said in place of the form.
    """
    closed = closed_page(
        request,
        title=f"{partner.name}: {title}",
        subtitle=partner.name,
        back=tab_url(partner.pk, tab),
        check=lambda: check(partner),
    )
    if closed is not None:
        return closed
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
        except Refusal as refusal:
            add_refusal(form, refusal, field=FIELDS.get(refusal.code, ""))
        else:
            told(request, done)
            return HttpResponseRedirect(tab_url(partner.pk, tab))
    return office_page(
        request,
        "office/command.html",
        title=f"{partner.name}: {title}",
        subtitle=partner.name,
        asks=asks,
        button=button,
        form=form,
        sections=known(),
        danger=is_danger,
        back=tab_url(partner.pk, tab),
    )

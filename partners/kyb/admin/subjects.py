"""Who is screened, in clear: nobody finds a masked name on a list, or tells two people apart by initials.

Shown to those alone who enter a screening or decide a match, on that form; each opening is a recorded look.
"""

from typing import Any, Final

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.cells import Facts, joined, moment_text
from core.admin.reveal import looked_at
from partners.kyb.models import SanctionsList, Screening
from partners.kyb.queries import Subject
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Director

LOOKED: Final = "Opened a form of compliance."
"""Why the look was: account managers read it in the timeline, and are told of no match."""


def known_of(request: HttpRequest, partner: Partner, subject: Subject) -> Facts:
    """Return what to look for in the lists."""
    person = _person(partner, subject.owner_id or subject.director_id, kind=subject.kind)
    return _facts(request, partner, person, title="Look for")


def matched(request: HttpRequest, partner: Partner, screening: Screening) -> list[Facts]:
    """Return what was found and of whom; of a person in clear only while the match is to be decided."""
    found = Facts(
        "What was found",
        [
            ("Lists", joined(SanctionsList(each).label for each in screening.lists)),
            ("Lists of", screening.lists_on),
            ("Found", _words(screening.found or "-")),
            ("By", f"{screening.screened_by}, {moment_text(screening.screened_at)}"),
        ],
    )
    if not screening.is_open:
        return [found]
    person = _person(partner, screening.owner_id or screening.director_id, kind=screening.subject)
    known = _facts(request, partner, person, title="Compare with")
    if screening.name != (partner.legal_name if person is None else person.name):
        known.facts.insert(1, ("Was screened as", _words(screening.name)))
    return [found, known]


def _person(partner: Partner, key: Any, *, kind: str) -> BeneficialOwner | Director | None:
    if kind == "company":
        return None
    model: Any = BeneficialOwner if kind == "owner" else Director
    person: BeneficialOwner | Director = model.objects.get(partner=partner, pk=key)
    return person


def _facts(
    request: HttpRequest,
    partner: Partner,
    person: BeneficialOwner | Director | None,
    *,
    title: str,
) -> Facts:
    if person is None:
        return Facts(title, _company(partner))
    looked = looked_at(request, person, "name", "birth_date", reason=LOOKED)
    shown = [(word, _words(value)) for word, value in looked]
    role = "Director"
    if isinstance(person, BeneficialOwner):
        exposed = ", politically exposed (PEP)" if person.is_politically_exposed else ""
        role = f"Owner of {person.share_percent.normalize():f} %{exposed}"
    return Facts(
        title,
        [*shown, ("Country of residence", person.country), ("Is", role)],
        note="This look is recorded.",
    )


def _company(partner: Partner) -> list[tuple[str, Any]]:
    company = getattr(partner, "company", None)
    return [
        ("Legal name", _words(partner.legal_name or "not entered yet")),
        ("Trades as", _words(partner.name)),
        ("Country", partner.country),
        ("Registration number", getattr(company, "registration_number", "") or "-"),
        ("LEI", getattr(company, "lei", "") or "-"),
        ("VAT number", partner.vat_number or "-"),
    ]


def _words(text: object) -> SafeString:
    """Return words that one click marks as a whole, to be copied into the search of a list."""
    return format_html('<span class="office-whole">{}</span>', text)

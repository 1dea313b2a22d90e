"""The partner's page, Compliance: the people who own and direct a partner, masked."""

from collections.abc import Sequence
from decimal import Decimal

from django.http import HttpRequest

from core.admin.cells import Panel, label, link, links_in_line
from core.pii import masked
from partners.kyb.admin.parts import form_url, page_url
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Company, Director
from partners.onboarding.rules import OWNER_LISTED_PERCENT_MIN


def owners_panel(
    request: HttpRequest,
    partner: Partner,
    company: Company | None,
    owners: Sequence[BeneficialOwner],
    *,
    lacking: str,
) -> Panel:
    """Return who owns the partner, and whether everybody with a large share is listed."""
    listed = sum((one.share_percent for one in owners if one.owner_until is None), Decimal(0)).normalize()
    declared = company is not None and company.no_other_owners
    return Panel(
        "Beneficial owners",
        ("Name", "Country", "Share", "Politically exposed", "Until", ""),
        [
            (
                masked(BeneficialOwner, "name", one.name),
                one.country,
                f"{one.share_percent.normalize():f} %",
                label("pending", "yes (PEP)") if one.is_politically_exposed else "no",
                one.owner_until or "-",
                _links(request, partner, one, "owner", "beneficialowner"),
            )
            for one in owners
        ],
        note=(
            f"Listed are {listed:f} % in all. "
            + (
                "The company has declared that nobody else holds 25 % or more."
                if declared
                else f"Everybody who holds {OWNER_LISTED_PERCENT_MIN} % or more is listed; complete with "
                "over 75 % listed, or with the company's declaration that there is nobody else."
            )
        ),
        empty="Nobody is listed yet.",
        numeric=frozenset({"Share"}),
        add_url=form_url(request, partner, "partners.change_beneficialowner", "office-owner-add"),
        add_text="Add owner",
        lacking=lacking,
    )


def directors_panel(
    request: HttpRequest, partner: Partner, directors: Sequence[Director], *, lacking: str
) -> Panel:
    """Return who directs the partner's company."""
    return Panel(
        "Directors",
        ("Name", "Country", "Until", ""),
        [
            (
                masked(Director, "name", one.name),
                one.country,
                one.director_until or "-",
                _links(request, partner, one, "director", "director"),
            )
            for one in directors
        ],
        empty="Nobody is listed yet.",
        add_url=form_url(request, partner, "partners.add_director", "office-director-add"),
        add_text="Add director",
        lacking=lacking,
    )


def _links(
    request: HttpRequest, partner: Partner, person: BeneficialOwner | Director, page: str, model: str
) -> str:
    addresses = (
        ("Show", page_url(request, f"partners.reveal_{model}", f"office-reveal-{page}", person.pk)),
        ("Edit", form_url(request, partner, f"partners.change_{model}", f"office-{page}", person.pk)),
    )
    return links_in_line([link(url, text) for text, url in addresses if url])

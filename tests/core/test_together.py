"""Several lists by one query are what each of them is by itself."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from core.clock import now
from core.together import read_together
from partners.kyb.models import Screening
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Company
from partners.onboarding.services import add_owner
from tests.makers.business import screen
from tests.makers.onboarding import meet, register

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


def lists_of(partner: Partner) -> list[QuerySet[Any]]:
    return [
        BeneficialOwner.objects.filter(partner=partner).order_by("-share_percent"),
        Screening.objects.filter(partner=partner).select_related("screened_by", "decided_by")[:1],
        Company.objects.filter(partner=partner),
    ]


def known() -> Partner:
    partner = register()
    meet(partner.pk, "company")
    for day, share in enumerate(("33.333", "12.5"), 2):
        add_owner(
            partner_id=partner.pk,
            name='Żaneta O\'Neil "25 %"',
            birth_date=date(1970, 1, day),
            country="MT",
            share_percent=Decimal(share),
            added_at=now(),
        )
    for _ in range(2):
        screen(partner.pk)
    return partner


class TestReadTogether:
    def test_rows_are_what_each_list_has_in_its_order(self) -> None:
        partner = known()
        for read, alone in zip(read_together(*lists_of(partner)), lists_of(partner), strict=True):
            assert [_values(row) for row in read] == [_values(row) for row in alone]
            assert len(read) > 0

    def test_asks_once_and_brings_what_is_followed(self) -> None:
        partner = known()
        with CaptureQueriesContext(connection) as queries:
            owners, (screening,), _ = read_together(*lists_of(partner))
            assert screening.screened_by.username.startswith("officer-")
            assert screening.decided_by is None
            assert not owners[0]._state.adding
        assert len(queries) == 1

    def test_nothing_is_an_empty_list(self) -> None:
        assert read_together(*lists_of(register())) == [[], [], []]

    def test_list_that_follows_everything_is_refused(self) -> None:
        with pytest.raises(ValueError, match="say which"):
            read_together(Screening.objects.select_related())


def _values(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}

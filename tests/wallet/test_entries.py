"""Entries book both sides, and give the wallet of every past moment."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.clock import now
from core.errors import NotFound
from core.ids import uuid7
from core.models import Reference
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.wallet import make_player, put
from tests.wallet.reading import shown
from wallet.models import Transfer
from wallet.queries import get_wallet_at
from wallet.services import deposit

pytestmark = pytest.mark.usefixtures("committed")


class TestGetWalletAt:
    def test_gives_the_wallet_of_every_past_moment(self, owner: Tenant) -> None:
        born = now() - timedelta(hours=1)
        player = make_player(owner.id, created_at=born)
        moments = [born + timedelta(minutes=minutes) for minutes in (10, 20, 30)]
        for moment, amount in zip(moments, ("10.00", "5.00", "2.50"), strict=True):
            put(player, amount, at=moment)

        def held(moment: datetime) -> str:
            with tenant(owner.id):
                return shown(get_wallet_at(tenant_id=owner.id, player_id=player.id, at=moment))[0]

        just_before = [held(moment - timedelta(milliseconds=1)) for moment in moments]
        assert just_before == ["0.00", "10.00", "15.00"]
        assert [held(moment) for moment in moments] == ["10.00", "15.00", "17.50"]
        assert held(born - timedelta(days=1)) == "0.00"

    def test_entries_of_one_moment_keep_their_order(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        at = now()
        postings = [put(player, "1.00", at=at) for _ in range(3)]
        assert [posting.posted_at for posting in postings] == sorted({p.posted_at for p in postings})

    def test_knows_no_player_of_another_tenant(self, owner: Tenant) -> None:
        player, other = make_player(owner.id), make_tenant()
        with tenant(other.id), pytest.raises(NotFound):
            get_wallet_at(tenant_id=other.id, player_id=player.id, at=now())


class TestPostEntry:
    def test_books_both_sides_in_one_row(self, owner: Tenant) -> None:
        posting = put(make_player(owner.id), "25.00")
        with tenant(owner.id):
            (row,) = Transfer.objects.filter(entry_id=posting.entry_id).select_related("debit", "credit")
        assert (row.debit.kind, row.credit.kind, row.amount) == (
            "partner_receivable",
            "available",
            Decimal(25),
        )

    def test_an_entry_of_an_unknown_player_leaves_no_trace(self, owner: Tenant) -> None:
        with pytest.raises(NotFound):
            deposit(
                tenant_id=owner.id, player_id=uuid7(), reference="D-1", amount="1.00", currency="EUR",
                posted_at=now(),
            )  # fmt: skip
        with tenant(owner.id):
            assert not Reference.objects.filter(reference="D-1").exists()

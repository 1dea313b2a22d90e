"""Where partners are paid: checksums, two people, a day of waiting, and an end at once."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, ProgrammingError, transaction

from approvals.models import ApprovalRequest
from approvals.rules import OwnRequest, RequestOvertaken
from core.clock import now
from core.ids import uuid7
from core.models import StaffUser
from partners.models import Partner
from settlement.payouts.chains import is_address, keccak_256
from settlement.payouts.models import PayoutAddress
from settlement.payouts.rules import BadPayoutAddress, Destination, check_destination
from settlement.payouts.services import end_payout_address, find_payout_address, request_payout_address
from tests.approvals.makers import approve
from tests.makers.partners import make_partner
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address as page_of
from tests.office.commanding import run as press

IBAN, OTHER_IBAN, BIC = "MT84MALT011000012345MTLCAST001S", "DE89370400440532013000", "MALTMTMT"
BANK = Destination("bank", IBAN, bic=BIC)
OTHER = Destination("bank", OTHER_IBAN, bic="COBADEFF")
DAY = timedelta(hours=24)


class TestAddresses:
    """The vectors of BIP-173, BIP-350 and EIP-55, and well-known addresses."""

    @pytest.mark.parametrize(
        ("network", "text"),
        [
            ("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
            ("bitcoin", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
            ("bitcoin", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
            ("bitcoin", "bc1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qccfmv3"),
            ("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
            ("ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
            ("ethereum", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"),
            ("ethereum", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"),
            ("tron", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        ],
    )
    def test_with_the_right_checksum_are_taken_and_others_refused(self, network: str, text: str) -> None:
        assert is_address(text, network)
        for other in {"bitcoin", "ethereum", "tron"} - {network}:
            assert not is_address(text, other)
        flipped = "q" if text[-1] != "q" else "p"
        assert not is_address(text[:-1] + flipped, network)
        assert not is_address(text[:-1], network)

    @pytest.mark.parametrize(
        ("network", "text"),
        [
            ("bitcoin", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd"),
            ("bitcoin", "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P"),
            ("bitcoin", "bc1qw508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
            ("bitcoin", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7"),
            ("bitcoin", "bc1gmk9yu"),
            ("bitcoin", "bc1"),
            ("bitcoin", ""),
            ("ethereum", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
            ("ethereum", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
            ("tron", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
            ("dogecoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ],
    )
    def test_of_another_form_are_refused(self, network: str, text: str) -> None:
        assert not is_address(text, network)

    def test_keccak_is_the_one_before_the_standard(self) -> None:
        assert keccak_256(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b")
        assert keccak_256(b"abc").hex().startswith("4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036")

    @pytest.mark.parametrize(
        ("kind", "text", "bic", "network", "field"),
        [
            ("bank", IBAN[:-1] + "T", BIC, "", "address"),
            ("bank", IBAN, "", "", "bic"),
            ("bank", IBAN, "MALT", "", "bic"),
            ("crypto", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "", "", ""),
            ("crypto", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "", "bitcoin", "address"),
            ("cash", "x", "", "", ""),
        ],
    )
    def test_that_nothing_can_be_paid_to_are_refused_at_their_field(
        self, kind: str, text: str, bic: str, network: str, field: str
    ) -> None:
        with pytest.raises(BadPayoutAddress) as refused:
            check_destination(kind=kind, address=text, bic=bic, network=network)
        assert (refused.value.details or {}).get("field", "") == field

    def test_of_banks_are_stored_without_spaces(self) -> None:
        spaced = " ".join(IBAN[place : place + 4] for place in range(0, len(IBAN), 4))
        assert check_destination(kind="bank", address=spaced, bic=BIC.lower()) == BANK


def finance_maker() -> StaffUser:
    return make_user(roles=("finance_maker",))


def finance_checker() -> StaffUser:
    return make_user(roles=("finance_checker",))


def asked(partner: Partner, destination: Destination = BANK, by: StaffUser | None = None) -> ApprovalRequest:
    return request_payout_address(
        partner_id=partner.pk,
        currency="EUR",
        destination=destination,
        reason="By letter, confirmed on the telephone",
        requested_by=by or finance_maker(),
        requested_at=now(),
    )


def paid_at(partner: Partner, after: timedelta) -> str | None:
    found = find_payout_address(partner_id=partner.pk, currency="EUR", at=now() + after)
    return found.address if found is not None else None


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed", "office")
class TestPayoutAddress:
    def test_is_usable_a_day_after_its_approval(self) -> None:
        partner = make_partner()
        request = asked(partner)
        assert not PayoutAddress.objects.filter(partner=partner).exists()
        approve(request, finance_checker())
        assert paid_at(partner, DAY - timedelta(minutes=1)) is None
        assert paid_at(partner, DAY) == IBAN

    def test_that_follows_another_leaves_it_in_use_for_its_own_day(self) -> None:
        partner = make_partner()
        approve(asked(partner), finance_checker())
        approve(asked(partner, OTHER), finance_checker())
        assert paid_at(partner, DAY + timedelta(minutes=1)) == OTHER_IBAN
        first = PayoutAddress.objects.get(partner=partner, address=IBAN)
        second = PayoutAddress.objects.get(partner=partner, address=OTHER_IBAN)
        assert first.ended_at == second.usable_from

    def test_asked_for_before_another_was_entered_is_void(self) -> None:
        partner = make_partner()
        approve(asked(partner), finance_checker())
        request = asked(partner, OTHER)
        end_payout_address(
            address_id=PayoutAddress.objects.get(partner=partner).pk, ended_at=now(), reason="Fraud"
        )
        with pytest.raises(RequestOvertaken):
            approve(request, finance_checker())

    def test_ends_at_once_by_one_person(self) -> None:
        partner = make_partner()
        approve(asked(partner), finance_checker())
        browser = log_in(finance_checker())
        row = PayoutAddress.objects.get(partner=partner)
        press(browser, PayoutAddress, "end", row.pk, reason="Fraud")
        assert paid_at(partner, DAY) is None

    def test_is_not_approved_by_who_entered_it(self) -> None:
        both = make_user("settlement.add_payoutaddress", "approvals.decide_payout_address")
        with pytest.raises(OwnRequest):
            approve(asked(make_partner(), by=both), both)

    def test_is_entered_on_its_page_where_a_wrong_checksum_is_refused(self) -> None:
        partner, browser = make_partner(), log_in(finance_maker())
        fields = {"partner": partner.pk, "currency": "EUR", "kind": "bank", "bic": BIC, "reason": "Letter"}
        address = page_of(PayoutAddress, "propose")
        answer = browser.post(address, {**fields, "address": IBAN[:-1] + "T"})
        assert b"IBAN" in answer.content
        assert not ApprovalRequest.objects.filter(partner_id=partner.pk).exists()
        browser.post(address, {**fields, "address": IBAN})
        assert ApprovalRequest.objects.get(partner_id=partner.pk).kind == "payout_address"


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed", "office")
class TestDatabase:
    def test_refuses_an_address_that_nobody_approved(self) -> None:
        partner = make_partner()
        request = asked(partner)
        with pytest.raises(ProgrammingError, match="two people"):
            self.enter(partner, request, finance_checker())

    def test_refuses_another_address_than_was_approved(self) -> None:
        partner, checker = make_partner(), finance_checker()
        approve(asked(partner), checker)
        request = ApprovalRequest.objects.get(partner_id=partner.pk)
        with acting_as("b2b_owner"), pytest.raises(ProgrammingError, match="two people"):
            self.enter(partner, request, checker, OTHER_IBAN)

    @pytest.mark.parametrize("role", ["b2b_office", "b2b_owner"])
    def test_keeps_an_address_as_it_was_entered(self, role: str) -> None:
        partner = make_partner()
        approve(asked(partner), finance_checker())
        found = PayoutAddress.objects.filter(partner=partner)
        for values in ({"address": OTHER_IBAN}, {"usable_from": now()}, {"approved_by": finance_maker()}):
            with acting_as(role), pytest.raises(DatabaseError), transaction.atomic():
                found.update(**values)
        with acting_as(role), pytest.raises(DatabaseError), transaction.atomic():
            found.delete()

    def enter(self, partner: Partner, request: ApprovalRequest, by: StaffUser, address: str = IBAN) -> None:
        with transaction.atomic():
            PayoutAddress.objects.create(
                id=uuid7(),
                partner=partner,
                currency_id="EUR",
                kind="bank",
                address=address,
                bic=BIC,
                request=request,
                made_by=request.requested_by,
                approved_by=by,
                approved_at=now(),
                usable_from=now() + DAY,
            )

"""Masks: what is left of a personal value."""

from datetime import date
from typing import Any

import pytest

from core.masks import DOTS, Mask, mask_date, mask_each_email, mask_email, mask_name, mask_phone
from core.pii import masked, masked_values
from wallet.models import Player


class TestMasks:
    @pytest.mark.parametrize(
        ("mask", "value", "shown"),
        [
            (mask_name, "Ada Lovelace", f"A{DOTS} L{DOTS}"),
            (mask_name, "  ", DOTS),
            (mask_email, "ada@lovelace.example", f"a{DOTS}@l{DOTS}.example"),
            (mask_email, "nonsense", DOTS),
            (mask_email, "@x.example", DOTS),
            (mask_date, date(1985, 12, 10), "1985-••-••"),
            (mask_date, "1985-12-10", "1985-••-••"),
            (mask_date, "soon", DOTS),
            (mask_phone, "+356 2123 4567", f"{DOTS} 67"),
            (mask_phone, "112", DOTS),
            (
                mask_each_email,
                ["ada@lovelace.example", "x@y.example"],
                f"a{DOTS}@l{DOTS}.example, x{DOTS}@y{DOTS}.example",
            ),
        ],
    )
    def test_leave_too_little_to_know(self, mask: Mask, value: Any, shown: str) -> None:
        assert mask(value) == shown


class TestMasked:
    def test_is_what_is_declared_personal_alone(self) -> None:
        assert masked(Player, "email", "ada@lovelace.example") == f"a{DOTS}@l{DOTS}.example"
        assert masked(Player, "country", "MT") == "MT"
        assert masked(Player, "birth_date", None) is None
        assert masked(Player, "name", "") == ""

    def test_is_the_values_of_an_audit_record_too(self) -> None:
        before = {"name": "Ada Lovelace", "role": "legal", "phone": ""}
        assert masked_values("partners.contact", before) == {**before, "name": f"A{DOTS} L{DOTS}"}
        assert masked_values("partners.contact", None) is None
        assert masked_values("no.model", {"a": 1}) == {"a": 1}

"""The scales of currencies, remembered by the process: a currency's scale never changes."""

import threading
from typing import Final

from core.errors import BadRequest
from core.models import Currency

_scales: Final[dict[str, int]] = {}
_lock: Final = threading.Lock()


class UnknownCurrency(BadRequest):
    """No currency of the platform has this code."""

    code = "CURRENCY_UNKNOWN"
    message = "The platform does not have this currency."


def scale_of(code: str) -> int:
    """Return how many decimals an amount in this currency has. Raises UnknownCurrency.

    A currency added while the process runs is found at the first question about it.
    """
    scale = _scales.get(code)
    if scale is None:
        with _lock:
            _scales.update(Currency.objects.values_list("code", "scale"))
        scale = _scales.get(code)
    if scale is None:
        raise UnknownCurrency
    return scale

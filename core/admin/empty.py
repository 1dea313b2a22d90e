"""What a list without rows says: why it is empty, and what helps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.admin.periods import ALL, PeriodFilter

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList


@dataclass(frozen=True, slots=True)
class Nothing:
    """Why there is nothing, what helps, and a link that does. `is_narrowed`: there may be rows elsewhere."""

    title: str
    advice: str = ""
    url: str = ""
    url_text: str = ""
    is_narrowed: bool = False


def why_empty(found: "ChangeList") -> Nothing:
    """Return what an empty list says: nothing matches, nothing in the period, or nothing at all yet."""
    names = found.opts.verbose_name_plural
    everything = "?" if _period(found) is None else f"?{PeriodFilter.parameter_name}={ALL}"
    if found.query:
        asks = found.model_admin.search_help_text
        advice = f"Nothing matches “{found.query}”. {asks}{'.' if asks else ''}"
        return Nothing(f"No {names} found", advice, everything, "Show all", is_narrowed=True)
    if found.has_active_filters:
        advice = "Nothing passes the filters that are set."
        return Nothing(f"No {names} found", advice, everything, "Show all", is_narrowed=True)
    period = _period(found)
    if period is not None and period.value() != ALL:
        when = dict(period.lookup_choices)[period.value()].lower()
        return Nothing(f"No {names} in the {when}", "", everything, "Show all periods", is_narrowed=True)
    return Nothing(f"No {names} yet")


def _period(found: "ChangeList") -> PeriodFilter | None:
    return next((each for each in found.filter_specs if isinstance(each, PeriodFilter)), None)

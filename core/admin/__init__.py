"""The office's own foundation: base classes (`base`, `commands`, `pages`, `cells`) and core's own pages.

`docs/office.md` tells how a page of the office is made.
"""

from core.admin import currencies, history, quarantine, seals

__all__ = ["currencies", "history", "quarantine", "seals"]

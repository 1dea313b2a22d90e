"""Searching in the office: exact ids first, then what an index finds, then the fields."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from core.ids import PREFIXES, NotAnId, parse_typeid

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin

    _ModelAdmin = ModelAdmin[Any]
else:
    from unfold.admin import ModelAdmin as _ModelAdmin

LOOKUPS = frozenset({"exact", "iexact", "icontains", "istartswith"})
UUID_LENGTH = 36
"""With its hyphens: 32 digits in a row are the id of an API client."""
Lookup = str | Callable[[QuerySet[Any], UUID], QuerySet[Any]]


class SearchedAdmin(_ModelAdmin):
    """A model whose list is searched by ids.

    `id_prefix` is the TypeID prefix of the model's own key. `search_ids` says which TypeIDs the search box
    takes and where to look for them, as a lookup (`{"ptr": "tenant__partner_id"}`) or, where an index wants
    more than the id, as a function of the rows and the id. `find_by_words` searches for anything that is
    not an id.
    """

    id_prefix: str = ""
    search_ids: Mapping[str, Lookup] = {}
    search_words: str = ""

    def find_by_words(self, queryset: QuerySet[Any], words: str) -> QuerySet[Any] | None:
        """Return the rows that words which are no id lead to, by an index; None to look into `search_fields`.

        `search_words` tells staff what these words are.
        """
        return None

    def searched_tenant(self, request: HttpRequest) -> UUID | None:
        """Return the tenant whose id stands in the search box, where the list is searched by it."""
        if "tnt" not in self.search_ids:
            return None
        try:
            return parse_typeid("tnt", request.GET.get(SEARCH_VAR, "").strip())
        except NotAnId:
            return None

    def _id_lookups(self) -> dict[str, Lookup]:
        own: dict[str, Lookup] = {self.id_prefix: "pk"} if self.id_prefix else {}
        return {**own, **self.search_ids}

    def get_search_fields(self, request: HttpRequest) -> Any:
        return self.search_fields or (("pk__exact",) if self._id_lookups() else ())

    @property
    def search_help_text(self) -> str:  # type: ignore[override]
        kinds = [f"{prefix}_… ({PREFIXES[prefix]})" for prefix in self._id_lookups()]
        words = [self.search_words] if self.search_words else map(_words, self.search_fields)
        said = dict.fromkeys((*words, *kinds))
        return f"Search by {', '.join(said)}" if said else ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        for prefix, lookup in self._id_lookups().items():
            try:
                found = parse_typeid(prefix, term)
            except NotAnId:
                continue
            if callable(lookup):
                return lookup(queryset, found), False
            return queryset.filter(**{lookup: found}), "__" in lookup
        if self._id_lookups() and len(term) == UUID_LENGTH:
            try:
                return queryset.filter(pk=UUID(term)), False
            except (ValueError, ValidationError):
                pass
        if "\0" in term:
            return queryset.none(), False
        worded = self.find_by_words(queryset, term)
        if worded is not None:
            return worded, False
        if not self.search_fields:
            return queryset.none(), False
        return super().get_search_results(request, queryset, term)


def _words(lookup: str) -> str:
    """Return a search field in words: `tenant__partner__name__icontains` is a partner name."""
    names = [part for part in lookup.lstrip("=^@").split("__") if part not in LOOKUPS]
    return " ".join(names[-2:]).replace("_", " ").replace("pk", "id")

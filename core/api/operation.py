"""What a view's method tells about itself, for the OpenAPI document and the contract tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """One method of one route, as the documentation shows it.

    `body` and `query` are msgspec Structs (or None); `answers` maps a success status to the Struct (or None
    for no body, or a media type such as "text/csv") of its answer; `codes` are the error codes that this
    call can give beyond those of every call. A body is JSON, unless it is a `form` or, with a file, an
    `upload`; where all of it may be left out, the call does not need one.
    """

    summary: str
    body: Any = None
    query: Any = None
    answers: Mapping[int, Any] = field(default_factory=lambda: {200: None})
    codes: tuple[str, ...] = ()
    description: str = ""
    example: Any = None
    answer_example: Any = None
    is_public: bool = False
    form: bool = False
    upload: bool = False
    takes_idempotency_key: bool = False
    needs_body: bool = True


def operation(
    *,
    summary: str,
    body: Any = None,
    query: Any = None,
    answers: Mapping[int, Any] | None = None,
    codes: tuple[str, ...] = (),
    description: str = "",
    example: Any = None,
    answer_example: Any = None,
    is_public: bool = False,
    form: bool = False,
    upload: bool = False,
    takes_idempotency_key: bool = False,
    needs_body: bool = True,
) -> Callable[[Handler], Handler]:
    """Attach an `Operation` to a view's method; the method itself stays as it is."""
    told = Operation(
        summary=summary,
        body=body,
        query=query,
        answers=answers if answers is not None else {200: None},
        codes=codes,
        description=description,
        example=example,
        answer_example=answer_example,
        is_public=is_public,
        form=form,
        upload=upload,
        takes_idempotency_key=takes_idempotency_key,
        needs_body=needs_body,
    )

    def attach(handler: Handler) -> Handler:
        handler.operation = told  # type: ignore[attr-defined]
        return handler

    return attach


def operation_of(handler: Any) -> Operation | None:
    """Return what a view's method tells about itself, if it does."""
    found = getattr(handler, "operation", None)
    return found if isinstance(found, Operation) else None

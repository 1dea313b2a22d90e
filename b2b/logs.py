"""How every process logs: one record a line, as JSON for machines or as coloured text for people.

Values are rendered as data by both formats, so what a partner sends cannot begin a line of its own. What the
database says of a failing row besides its message (names, birth dates) is left out: logs carry ids.
"""

import io
import os
import re
from typing import Any, Final

import structlog

_OF_A_ROW: Final = re.compile(
    # After the message, whole or as `repr` has it, up to the next exception of a chain.
    r"(?:\n|\\n)(?:DETAIL|HINT|QUERY|CONTEXT|WHERE): .*?"
    r"(?=\n\n(?:The above exception was|During handling of)|\Z)",
    re.DOTALL,
)

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Without local variables: they hold secrets and what players are called.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def without_rows(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Cut what the database says of a failing row out of every text and exception of a record."""
    return {key: value if key == "exc_info" else _cut(value) for key, value in event.items()}


def _cut(value: Any) -> Any:
    match value:
        case str():
            return _OF_A_ROW.sub("", value)
        case dict():
            return {key: _cut(each) for key, each in value.items()}
        case list() | tuple():
            return [_cut(each) for each in value]
        case BaseException():
            return _cut(repr(value))
    return value


def _traceback(out: Any, exc_info: Any) -> None:
    """Write a traceback as text; the database's errors without their rows."""
    text = io.StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    out.write(_cut(text.getvalue()))


def one_line(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Escape what could begin a new line or steer a terminal, in the record's own text and in its values."""
    return {
        key: value if key == "exception" else _escaped(value) if isinstance(value, str) else value
        for key, value in event.items()
    }


def _escaped(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def logging_settings(*, log_format: str, level: str, request_level: str) -> dict[str, Any]:
    """Configure structlog and return Django's `LOGGING`, so that both ways of logging come out alike."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderers: list[Any] = (
        [
            without_rows,
            one_line,
            structlog.dev.ConsoleRenderer(
                colors=not os.environ.get("NO_COLOR"),
                pad_event_to=0,
                pad_level=False,
                exception_formatter=_traceback,
            ),
        ]
        if log_format == "console"
        else [_TRACEBACKS, without_rows, one_line, structlog.processors.JSONRenderer(default=str)]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structlog": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "structlog"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django_structlog": {"level": request_level},
            "celery.worker.strategy": {"level": request_level},
            "celery.app.trace": {"level": request_level},
            "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
            "django.request": {"level": "ERROR"},
            # It tells of each login what it counts; `staff` logs those that were refused.
            "axes": {"level": "WARNING"},
            # At debug level this library logs the tokens that it issues.
            "oauthlib": {"level": "INFO"},
            "oauth2_provider": {"level": "INFO"},
            "django.security.DisallowedHost": {"level": "CRITICAL"},
        },
    }

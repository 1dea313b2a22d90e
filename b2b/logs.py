"""How every process logs: one record a line, as JSON for machines or as coloured text for people.

Values are rendered as data by both formats, so what a partner sends cannot begin a line of its own.
"""

import os
from typing import Any

import structlog

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
            structlog.dev.ConsoleRenderer(
                colors=not os.environ.get("NO_COLOR"),
                pad_event_to=0,
                pad_level=False,
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
        if log_format == "console"
        else [_TRACEBACKS, structlog.processors.JSONRenderer(default=str)]
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, one_line, *renderers],
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

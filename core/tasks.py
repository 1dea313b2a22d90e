"""What beat asks for that belongs to no other app."""

from collections.abc import Sequence
from datetime import timedelta

from celery import shared_task
from django.conf import settings

from core import clock, facts, heartbeats, quarantine, services
from core.numbering import NumberedEvent, NumberedFact
from core.relay import ring_bell
from core.sealing.rounds import seal_round, verify_daily
from core.trail import TRAIL


@shared_task(name="core.beat_heart", ignore_result=True)  # type: ignore[untyped-decorator]
def beat_heart() -> None:
    """Say that beat and at least one worker live."""
    heartbeats.beat("workers")


@shared_task(name="core.forget_idempotency_keys", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_idempotency_keys() -> None:
    """Remove keys whose answers nobody may ask for any more."""
    services.forget_idempotency_keys(now=clock.now())


@shared_task(name="core.react_to_facts", ignore_result=True)  # type: ignore[untyped-decorator]
def react_to_facts() -> None:
    """Let every handler react to the facts that it has not seen, and to those it is to try again."""
    if facts.react_all() + quarantine.retry_asked(at=clock.now()):
        ring_bell()


@shared_task(name="core.forget_facts", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_facts() -> None:
    """Remove facts that are old and that everybody has reacted to."""
    facts.forget_facts(older_than=timedelta(hours=settings.FACT_RETENTION_HOURS), at=clock.now())


@shared_task(name="core.forget_events", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_events() -> None:
    """Remove events that are older than promised."""
    services.forget_events(older_than=timedelta(days=settings.EVENT_RETENTION_DAYS), at=clock.now())


@shared_task(name="core.seal_trail", ignore_result=True)  # type: ignore[untyped-decorator]
def seal_trail() -> None:
    """Seal what was added to the audit trail since the last time; beat asks every ten seconds."""
    seal_round(TRAIL, sealed_at=clock.now())


@shared_task(name="core.verify_trail", ignore_result=True)  # type: ignore[untyped-decorator]
def verify_trail() -> None:
    """Check the whole audit trail once a day; beat asks each hour."""
    verify_daily(TRAIL, verified_at=clock.now())


def ring_for_facts(_events: Sequence[NumberedEvent], numbered: Sequence[NumberedFact]) -> None:
    """A bell of the relay: have new facts reacted to at once; beat asks again each second."""
    if numbered:
        react_to_facts.apply_async(expires=10, retry=False)

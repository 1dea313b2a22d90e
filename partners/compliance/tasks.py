"""The look at documents that end, and the letters about them; beat asks for it."""

from celery import shared_task

from core.audit import acting
from core.clock import now
from partners.compliance import services
from partners.kyb.services import enter_kyb_reminders, send_kyb_reminders, suspend_lapsed_kyb


@shared_task(name="partners.watch_documents")  # type: ignore[untyped-decorator]
def watch_documents() -> None:
    """Expire, suspend after the grace, reinstate, and write reminders down; then send them."""
    at = now()
    with acting("watch_documents"):
        services.expire_evidence(at=at)
        services.suspend_lapsed(at=at)
        suspend_lapsed_kyb(at=at)
        services.reinstate_partners(at=at)
        services.enter_reminders(at=at)
        enter_kyb_reminders(at=at)
    send_reminders()


@shared_task(name="partners.send_reminders")  # type: ignore[untyped-decorator]
def send_reminders() -> None:
    """Send the letters that wait, those that failed before included."""
    with acting("send_reminders"):
        services.send_reminders(at=now())
        send_kyb_reminders(at=now())
        services.send_stop_letters(at=now())

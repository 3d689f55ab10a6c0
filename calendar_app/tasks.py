"""What beat wakes up (`settings.CELERY_BEAT_SCHEDULE`). A task looks at the table; its message carries nothing."""

from celery import shared_task

from calendar_app import clock
from calendar_app.services import holidays, outbox, publishing, reminders, schedules


@shared_task
def send_reminders() -> None:
    """Send what is due."""
    outbox.tick()


@shared_task
def turn_clock() -> None:
    """Mark what was missed, and write the reminders that somebody lacks."""
    at = clock.now()
    publishing.expire_due(at=at)
    reminders.complete(at=at)


@shared_task
def follow_zones() -> None:
    """Follow zone data that has changed; it does so a few times a year, and this looks at every future post."""
    schedules.rederive(at=clock.now())


@shared_task
def renew_holidays() -> None:
    """Let the years ahead have their holidays before they come near."""
    holidays.load(at=clock.now())

"""What beat wakes up (`settings.CELERY_BEAT_SCHEDULE`). A task looks at the table; its message carries nothing."""

from celery import shared_task

from calendar_app import clock
from calendar_app.services import breakers, holidays, outbox, publishing, pulse, reminders, schedules, weeks


@shared_task
def send_reminders() -> None:
    """Send what is due."""
    outbox.tick()


@shared_task
def turn_clock() -> None:
    """Mark what was missed, and plan the Mondays that come near."""
    at = clock.now()
    publishing.expire_due(at=at)
    pulse.beat(pulse.CLOCK, at=at)
    weeks.prepare(at=at)


@shared_task
def check_complete() -> None:
    """Write the reminders that somebody lacks, and forget what is broken and of no use any more."""
    at = clock.now()
    reminders.complete(at=at)
    breakers.sweep(at=at)
    pulse.beat(pulse.COMPLETE, at=at)


@shared_task
def follow_zones() -> None:
    """Follow zone data that has changed; it does so a few times a year, and this looks at every future post."""
    at = clock.now()
    schedules.rederive(at=at)
    pulse.beat(pulse.ZONES, at=at)


@shared_task
def renew_holidays() -> None:
    """Let the years ahead have their holidays before they come near."""
    holidays.load(at=clock.now())

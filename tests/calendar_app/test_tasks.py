"""What beat wakes up does what its name says."""

from datetime import timedelta

from django.conf import settings
from django.core import mail

from calendar_app import clock, tasks
from calendar_app.models import Heartbeat, Holiday, Kind, Notification, Post, Reminder, Status
from config.celery import app
from tests.cast import NOW, Cast, post_in


def test_beat_names_tasks_that_exist() -> None:
    app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in app.tasks


def test_sending_reminders_sends_what_is_due_by_the_databases_clock(cast: Cast) -> None:
    post_in(Status.APPROVED, cast)
    with clock.fixed(NOW):
        tasks.send_reminders()
    assert Notification.objects.filter(kind=Kind.DECIDED).count() == 2
    assert any("Disetujui" in str(letter.subject) for letter in mail.outbox)


def test_turning_the_clock_marks_what_was_missed_and_plans_the_mondays(cast: Cast) -> None:
    missed = post_in(Status.APPROVED, cast)
    with clock.fixed(NOW + timedelta(days=4)):  # Sunday
        tasks.turn_clock()
    missed.refresh_from_db()
    assert missed.status == Status.MISSED
    assert Reminder.objects.filter(kind=Kind.WEEK_AHEAD, recipient=cast.drafter_tokyo).count() == 2
    assert Heartbeat.objects.filter(name="clock").exists()


def test_what_is_lacking_is_written(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW).delete()
    with clock.fixed(NOW + timedelta(hours=3)):
        tasks.check_complete()
    assert Reminder.objects.filter(post=post, kind=Kind.PUBLISH_NOW).count() == 2


def test_zones_are_followed_for_posts_ahead(cast: Cast) -> None:
    post = post_in(Status.APPROVED, cast)
    with clock.fixed(NOW):
        tasks.follow_zones()
    assert Post.objects.get(pk=post.pk).version == post.version


def test_holidays_are_renewed_for_the_years_around_the_databases_clock(cast: Cast) -> None:
    with clock.fixed(NOW + timedelta(days=3 * 365)):
        tasks.renew_holidays()
    years = Holiday.objects.filter(country="JP").dates("date", "year")
    assert [day.year for day in years] == [2028, 2029, 2030, 2031, 2032]

"""What came too late and what is too much is told in one message."""

from datetime import timedelta

from django.core import mail

from calendar_app.models import Kind, Notification, Reminder, State, Status, Way
from calendar_app.services import outbox, publishing
from tests.cast import NOW, Cast, post_in

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_what_lapsed_is_summed_up_before_anything_is_sent(cast: Cast) -> None:
    """However small the steps in which it is found, and also when a clock hour ends in between."""
    for n in range(5):
        post_in(Status.APPROVED, cast, title=f"Unggahan {n}")
    outbox.tick(at=NOW)
    back = NOW + 30 * HOUR
    publishing.expire_due(at=back)
    Notification.objects.all().delete()
    outbox.tick(at=back, limit=1)
    assert not Reminder.objects.filter(valid_until__lt=back, state=State.PENDING).exists()
    first = Notification.objects.get()
    assert first.kind == Kind.PUBLISH_OVERDUE
    for minutes in range(1, 90, 7):
        outbox.tick(at=back + minutes * MINUTE)
    digests = Reminder.objects.filter(kind=Kind.DIGEST, way=Way.IN_APP).values_list("recipient", flat=True)
    assert len(digests) == len(set(digests))


def test_twenty_news_for_one_person_come_as_one_mail(cast: Cast) -> None:
    for n in range(12):
        post_in(Status.APPROVED, cast, title=f"Unggahan {n}")
    outbox.tick(at=NOW)
    outbox.tick(at=NOW + 2 * MINUTE)
    mine = [letter for letter in mail.outbox if letter.to == [cast.drafter_tokyo.email]]
    assert len(mine) == 1
    assert "Unggahan 11" in mine[0].body
    rows = Reminder.objects.filter(kind=Kind.DECIDED, recipient=cast.drafter_tokyo)
    assert {row.error for row in rows.filter(way=Way.EMAIL)} == {"in digest"}
    assert rows.filter(way=Way.IN_APP, state=State.SENT).count() == 12


def test_what_must_be_done_at_a_time_is_never_gathered(cast: Cast) -> None:
    for n in range(12):
        post = post_in(Status.APPROVED, cast, title=f"Unggahan {n}")
    assert post.scheduled_at is not None
    Reminder.objects.exclude(kind=Kind.PUBLISH_NOW).delete()
    outbox.tick(at=post.scheduled_at)
    assert len(mail.outbox) == 12

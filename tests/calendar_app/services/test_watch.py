"""When the watcher raises the alarm, whom it writes to, and what it does while it cannot."""

import smtplib
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import OperationalError

from calendar_app.messages.words import when
from calendar_app.models import Alarm, Breaker, Heartbeat, Kind, Pause, Reminder, State, Way
from calendar_app.queries import health, watch
from calendar_app.services import alarms, pulse
from calendar_app.services.alarms import What
from calendar_app.services.watch import NoAnswerError, Watcher
from tests.cast import NOW, Cast

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Watched:
    """A watcher, and an installation in which all runs, looked at each ten seconds."""

    def __init__(self, settings: Any) -> None:
        self.watcher, self.at, self.ticks = Watcher(), NOW, True
        settings.DUTY_EMAIL = ["piket@kemlu.example"]

    def look(self, times: int = 1, **what: Any) -> list[str]:
        """What the last of so many looks found."""
        found: list[str] = []
        for _ in range(times):
            if self.ticks:
                pulse.beat(pulse.TICK, at=self.at)
            found = [finding.kind.value for finding in self.watcher.look(self.at, **({"skew": 0.0} | what))]
            self.at += 10 * SECOND
        return found

    def blind(self, times: int = 1) -> None:
        for _ in range(times):
            self.watcher.blind(OperationalError("could not connect\nto the server"), self.at)
            self.at += 10 * SECOND


@pytest.fixture
def watched(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(health, "broker", lambda: "ok")
    return Watched(settings)


def failed(cast: Cast, state: State = State.FAILED) -> Reminder:
    return Reminder.objects.create(
        identity=f"x{Reminder.objects.count()}",
        kind=Kind.DECIDED,
        way=Way.EMAIL,
        recipient=cast.editor,
        due_at=NOW - MINUTE,
        valid_until=NOW + timedelta(days=1),
        state=state,
    )


def subjects() -> list[str]:
    return [letter.subject for letter in mail.outbox]


def test_while_all_runs_there_is_no_alarm_and_a_sign_of_life(watched: Watched) -> None:
    assert watched.look(9) == []
    assert Alarm.objects.count() == 0
    assert mail.outbox == []
    beat = Heartbeat.objects.get(name=pulse.WATCHER)
    assert beat.at == watched.at - 10 * SECOND


def test_a_new_installation_has_half_a_minute_until_its_first_tick(watched: Watched) -> None:
    watched.ticks = False
    watched.look(3)
    assert mail.outbox == []
    watched.ticks = True
    watched.look(10)
    assert mail.outbox == []


def test_a_deploy_of_half_a_minute_is_no_alarm(watched: Watched) -> None:
    watched.look(5)
    watched.ticks = False
    watched.look(3)
    watched.ticks = True
    watched.look(3)
    # all of it, the watcher too
    watched.at += 45 * SECOND
    watched.watcher = Watcher()
    watched.ticks = False
    watched.look(1)
    watched.ticks = True
    watched.look(5)
    assert mail.outbox == []


def test_when_nobody_ticks_the_duty_address_knows_within_a_minute(watched: Watched) -> None:
    watched.look(10)
    watched.ticks = False
    stopped = watched.at - 10 * SECOND
    while not mail.outbox:
        watched.look()
    assert watched.at - 10 * SECOND - stopped <= MINUTE
    (letter,) = mail.outbox
    assert letter.to == ["piket@kemlu.example"]
    assert letter.subject == "[Selaras] Alarm: Tidak ada yang memeriksa pengingat"
    assert "Periksa proses worker dan beat" in letter.body
    assert "/operations/" in letter.body
    assert letter.extra_headers["X-Selaras-Alarm"] == "tick"
    row = Alarm.objects.get()
    assert (row.kind, row.ended_at, row.mailed_at) == ("tick", None, watched.at - 10 * SECOND)


def test_an_alarm_is_mailed_again_each_hour_and_once_when_it_is_over(watched: Watched, cast: Cast) -> None:
    row = failed(cast)
    watched.look(3)
    watched.at = NOW + 59 * MINUTE
    watched.look(2)
    assert subjects() == ["[Selaras] Alarm: Pengingat yang gagal tiga kali dan disisihkan"]
    watched.at = NOW + 60 * MINUTE
    watched.look(2)
    assert len(mail.outbox) == 2
    row.delete()
    watched.look(5)
    assert len(mail.outbox) == 2
    watched.look(2)
    assert subjects()[2:] == ["[Selaras] Selesai: Tidak ada lagi pengingat yang disisihkan"]
    assert Alarm.objects.get().ended_at is not None
    watched.at = NOW + 180 * MINUTE
    watched.look(2)
    assert len(mail.outbox) == 3


def test_several_alarms_at_once_are_one_mail(watched: Watched, cast: Cast) -> None:
    failed(cast)
    failed(cast, State.UNCERTAIN)
    watched.look()
    assert subjects() == ["[Selaras] Alarm: Pengingat yang gagal tiga kali dan disisihkan, dan 1 lagi"]
    assert mail.outbox[0].body.partition("-- ")[0].count("Pengingat yang tidak pasti sampai") == 1
    assert set(Alarm.objects.values_list("kind", flat=True)) == {"set_aside", "uncertain"}


def test_what_comes_and_goes_is_one_alarm(watched: Watched, cast: Cast) -> None:
    for _ in range(5):
        row = failed(cast)
        watched.look()
        row.delete()
        watched.look(3)
    assert len(mail.outbox) == 1
    assert Alarm.objects.count() == 1


def test_a_watcher_that_starts_anew_knows_who_was_told(watched: Watched, cast: Cast) -> None:
    failed(cast)
    watched.look()
    watched.watcher = Watcher()
    watched.look(5)
    assert len(mail.outbox) == 1
    assert Alarm.objects.count() == 1
    Reminder.objects.all().delete()
    watched.watcher = Watcher()
    watched.look(10)
    assert len(mail.outbox) == 2
    assert not Alarm.objects.filter(ended_at=None).exists()


def test_two_watchers_tell_nobody_twice(watched: Watched, cast: Cast) -> None:
    row = failed(cast)
    one, other = watched.watcher, Watcher()

    def both(times: int) -> None:
        for _ in range(times):
            for watched.watcher in (one, other):
                watched.look()

    both(4)
    assert len(mail.outbox) == 1
    row.delete()
    both(6)
    assert len(mail.outbox) == 2
    assert Alarm.objects.count() == 1
    assert one.ongoing == other.ongoing == {}
    failed(cast)
    both(2)
    assert len(mail.outbox) == 3


def test_overdue_counts_when_the_next_look_finds_it_again_and_not_during_a_pause(watched: Watched, cast: Cast) -> None:
    watched.look(5)
    late = failed(cast, State.PENDING)
    Reminder.objects.filter(pk=late.pk).update(due_at=watched.at - MINUTE)
    watched.look()
    assert mail.outbox == []
    watched.look()
    assert subjects() == ["[Selaras] Alarm: Pengingat terlambat dikirim"]
    pulse.pause(reason=Pause.Reason.MANUAL, at=watched.at, by=cast.admin, note="Uji.")
    assert watched.look() == ["pause"]


def test_a_broken_way_is_an_alarm_after_five_minutes(watched: Watched) -> None:
    Breaker.objects.create(key="email", since=NOW, retry_at=NOW, error="Connection refused")
    watched.look()
    watched.at = NOW + 290 * SECOND
    watched.look()
    assert mail.outbox == []
    watched.look()
    body = mail.outbox[0].body
    assert "Surel: Connection refused" in body
    # since it broke, and not since it was an alarm; in Jakarta's time
    assert Alarm.objects.get().began_at == NOW
    assert f"Sejak {when(NOW, settings.HQ_TIMEZONE)}." in body
    assert "WIB" in body
    assert "UTC" not in body


def test_the_end_of_a_pause_does_not_say_that_sending_is_paused(watched: Watched, cast: Cast) -> None:
    pause = pulse.pause(reason=Pause.Reason.MANUAL, at=NOW, by=cast.admin, note="Server pindah.")
    watched.look()
    assert "dijeda administrator: Server pindah." in mail.outbox[0].body
    assert "manual" not in mail.outbox[0].body
    pulse.resume(pause=pause, at=watched.at, by=cast.admin)
    watched.look(8)
    letter = mail.outbox[-1]
    assert letter.subject == "[Selaras] Selesai: Pengiriman pengingat berjalan lagi"
    assert letter.body.startswith("* Pengiriman pengingat berjalan lagi.")


def test_every_alarm_says_how_it_ends() -> None:
    assert all(words.over and words.over != words.title for words in alarms.WORDS.values())
    assert set(alarms.WORDS) == set(What)


@pytest.mark.parametrize(
    ("kind", "detail", "said"),
    [
        ("overdue", "7", "7"),
        ("pause", "restore: ", "dipulihkan dari cadangan"),
        ("pause", "manual: satu; dua", "dijeda administrator: satu; dua"),
        ("breaker", "push:push.example: no answer", "Perangkat (push.example): "),
        ("breaker", "email: ConnectionRefusedError: [Errno 111] x", "Surel: Server surel menolak sambungan."),
    ],
)
def test_details_have_names_and_not_codes(kind: str, detail: str, said: str) -> None:
    assert alarms.in_words(kind, detail).startswith(said)


def test_clocks_that_differ_are_an_alarm(watched: Watched) -> None:
    watched.look(3, skew=-1.9)
    assert mail.outbox == []
    watched.look(2, skew=-2.1)
    assert "-2.1 s" in mail.outbox[0].body


def test_a_queue_out_of_reach_is_an_alarm(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise ConnectionRefusedError("Connection refused by 127.0.0.1:6379")

    monkeypatch.setattr(health, "broker", refuse)
    watched.look(2)
    assert subjects() == ["[Selaras] Alarm: Antrean (Redis) tidak terjangkau"]
    assert watched.look(standing_in=31.0) == ["queue", "broker"]


def test_posts_that_lack_reminders_are_an_alarm_when_the_next_check_finds_them_again(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = [frozenset({"p1"})]
    asked: list[datetime] = []

    def incomplete(at: datetime) -> frozenset[str]:
        asked.append(at)
        return lacking[0]

    monkeypatch.setattr(watch, "incomplete", incomplete)
    watched.look(6)
    assert mail.outbox == []
    watched.look(1)
    assert subjects() == ["[Selaras] Alarm: Unggahan disetujui yang pengingatnya belum lengkap"]
    assert len(asked) == 2
    lacking[0] = frozenset({"p2"})  # another one, that has not had its minute yet
    watched.look(6)
    lacking[0] = frozenset()
    watched.look(7)
    assert len(mail.outbox) == 2


def test_a_fault_in_one_question_hides_no_other_answer(
    watched: Watched, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(at: datetime) -> frozenset[str]:
        raise ValueError("what is this?")

    monkeypatch.setattr(watch, "incomplete", break_down)
    failed(cast)
    watched.look(2)
    assert sorted(Alarm.objects.values_list("kind", flat=True)) == ["look", "set_aside"]


def test_a_database_that_is_away_is_told_from_memory(watched: Watched) -> None:
    watched.look()
    watched.blind()
    assert mail.outbox == []
    watched.blind()
    (letter,) = mail.outbox
    assert letter.subject == "[Selaras] Alarm: Basis data tidak menjawab"
    assert "could not connect" in letter.body
    assert Alarm.objects.count() == 0
    watched.blind(30)
    assert len(mail.outbox) == 1
    watched.look(10)
    assert subjects()[1:] == ["[Selaras] Selesai: Basis data menjawab lagi"]
    row = Alarm.objects.get()
    assert row.kind == "database"
    assert row.ended_at is not None


def test_without_a_duty_address_the_administrators_as_last_read_are_told(watched: Watched, settings: Any) -> None:
    settings.DUTY_EMAIL = []
    watched.look()
    watched.watcher.blind(NoAnswerError("no answer within 20 s"), watched.at)
    watched.blind()
    assert mail.outbox[0].to == ["admin@test.example"]


def test_with_nobody_to_write_to_it_goes_on_trying(watched: Watched, settings: Any, caplog: Any) -> None:
    settings.DUTY_EMAIL = []
    watched.blind(3)
    assert mail.outbox == []
    assert "set DUTY_EMAIL" in caplog.text
    settings.DUTY_EMAIL = ["piket@kemlu.example"]
    watched.blind()
    assert len(mail.outbox) == 1


def test_a_database_that_takes_nothing_in_is_an_alarm(
    watched: Watched, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("calendar_app.services.watch.pulse.beat", full)
        patch.setattr(alarms, "write", full)
        pulse_ticks, watched.ticks = watched.ticks, False
        Heartbeat.objects.create(name=pulse.TICK, at=NOW + 20 * SECOND)
        watched.look(2)
        watched.ticks = pulse_ticks
    assert subjects() == ["[Selaras] Alarm: Basis data tidak menerima tulisan"]
    assert Alarm.objects.count() == 0
    watched.look()
    assert Alarm.objects.get().kind == What.WRITE


def test_a_mail_server_that_is_away_delays_the_mail_and_loses_none(
    watched: Watched, cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    row = failed(cast)
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        watched.look(5)
    assert "an alarm could not be mailed" in caplog.text
    assert Alarm.objects.get().mailed_at is None
    watched.look()
    assert len(mail.outbox) == 1
    row.delete()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", refuse)
        watched.look(10)
    assert Alarm.objects.get().ended_at is not None
    watched.look()
    assert subjects()[1].startswith("[Selaras] Selesai")


def test_what_nobody_was_told_of_ends_quietly(watched: Watched, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    row = failed(cast)
    watched.look()
    row.delete()
    watched.look(10)
    monkeypatch.undo()
    monkeypatch.setattr(health, "broker", lambda: "ok")
    watched.look(3)
    assert mail.outbox == []


def test_the_mail_is_in_both_languages(watched: Watched, cast: Cast) -> None:
    failed(cast)
    watched.look()
    indonesian, english = mail.outbox[0].body.split("-- \n")
    assert "Baca sebabnya di halaman operasi" in indonesian
    assert english.strip()


def test_every_kind_has_its_words() -> None:
    assert set(alarms.WORDS) == set(What)
    for kind in What:
        assert len(kind) <= 30

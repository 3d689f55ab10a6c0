"""A broken or slow way delays what goes that way, and nothing else."""

import subprocess
from datetime import timedelta

from calendar_app.models import Breaker, Way
from calendar_app.services import breakers, pulse
from tests.cast import NOW

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


def test_a_breaker_opens_for_half_a_minute_and_then_twice_as_long_each_time(db: None) -> None:
    at, waits = NOW, []
    for _n in range(6):
        breakers.trip("email", "timed out", at=at)
        waits.append((Breaker.objects.get().retry_at - at) / SECOND)
        at = Breaker.objects.get().retry_at
    assert waits == [30, 60, 120, 240, 300, 300]
    assert Breaker.objects.get().since == NOW


def test_two_workers_that_find_the_same_count_once(db: None) -> None:
    breakers.trip("email", "timed out", at=NOW)
    breakers.trip("email", "timed out", at=NOW + SECOND)
    assert Breaker.objects.get().failures == 1


def test_it_lets_nothing_through_until_its_time_and_is_gone_when_mended(db: None) -> None:
    breakers.trip("push:push.example", "refused", at=NOW)
    assert set(breakers.open_now(NOW + 29 * SECOND)) == {"push:push.example"}
    assert not breakers.open_now(NOW + 30 * SECOND)
    breakers.mend("push:push.example")
    assert not Breaker.objects.exists()


def test_a_clock_set_back_does_not_keep_it_open(db: None) -> None:
    breakers.trip("email", "timed out", at=NOW)
    assert not breakers.open_now(NOW - DAY)


def test_so_many_workers_use_a_way_and_no_more(db: None) -> None:
    with breakers.slot(Way.EMAIL, holder="a", at=NOW) as first, breakers.slot(Way.EMAIL, holder="b", at=NOW) as second:
        with breakers.slot(Way.EMAIL, holder="c", at=NOW) as third:
            assert (first, second, third) == (True, True, False)
        with breakers.slot(Way.WEBHOOK, holder="c", at=NOW) as other_way:
            assert other_way
    with breakers.slot(Way.EMAIL, holder="c", at=NOW) as free_again:
        assert free_again


def test_a_dead_workers_slot_is_free_after_its_lease(db: None) -> None:
    assert breakers._take(Way.PUSH, "dead", NOW) is not None
    assert breakers._take(Way.PUSH, "alive", NOW + 19 * SECOND) is None
    assert breakers._take(Way.PUSH, "alive", NOW + 20 * SECOND) is not None


def test_who_works_on_keeps_the_slot(db: None) -> None:
    breakers._take(Way.PUSH, "slow", NOW)
    breakers.keep_slot(holder="slow", at=NOW + 15 * SECOND)
    assert breakers._take(Way.PUSH, "other", NOW + 30 * SECOND) is None
    breakers.free_slots("slow")
    assert breakers._take(Way.PUSH, "other", NOW + 30 * SECOND) is not None


def test_a_worker_that_died_on_this_machine_holds_no_slot(db: None) -> None:
    alive = pulse.who()
    gone = subprocess.Popen(["true"])
    dead = f"{alive.split(':')[0]}:{gone.pid}:0a1b2c3d"
    breakers._take(Way.PUSH, dead, NOW)
    # it is there until somebody has noticed its end
    assert breakers._take(Way.PUSH, alive, NOW) is None
    gone.wait()
    assert breakers._take(Way.PUSH, alive, NOW) is not None
    for still_there in (f"{alive}:0a1b2c3d", f"elsewhere:{gone.pid}", "nobody"):
        assert not pulse.is_dead(still_there)


def test_a_clock_set_back_frees_a_slot(db: None) -> None:
    breakers._take(Way.PUSH, "dead", NOW)
    assert breakers._take(Way.PUSH, "alive", NOW - DAY) is not None

"""When a post goes out: local time to instant, moving a post, and zones that change (DESIGN §5)."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from calendar_app import workflow
from calendar_app.models import Decision, Outcome, Post, Status
from calendar_app.queries.days import change_between
from calendar_app.services import reminders, rounds
from calendar_app.workflow import Action
from missions.models import Mission, Person, known_zones

MINUTE = timedelta(minutes=1)
WAITING = (Status.DRAFT, Status.SIGNOFF, Status.IN_REVIEW, Status.CHANGES_REQUESTED, Status.APPROVED)


# What people type by mistake lies outside, and no arithmetic with the instants inside runs over an end of time.
FIRST_YEAR, LAST_YEAR = 2000, 2100
LOCAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


@dataclass(frozen=True)
class When:
    """A time as a person meant it, and the instant (UTC) it stands for."""

    local_date: date
    local_time: time
    timezone: str
    fold: int
    instant: datetime

    def fields(self) -> dict[str, Any]:
        """The columns of a post."""
        return {
            "local_date": self.local_date,
            "local_time": self.local_time,
            "timezone": self.timezone,
            "fold": self.fold,
            "scheduled_at": self.instant,
        }


class NotAgreedError(ValidationError):
    """The move would end the approval, and nobody agreed to that."""


def when_of(post: Post) -> When | None:
    """The post's time as it stands; None while it has none."""
    if post.local_date is None or post.local_time is None or post.scheduled_at is None:
        return None
    return When(post.local_date, post.local_time, post.timezone, post.fold, post.scheduled_at.astimezone(UTC))


def resolve(local: datetime, zone_name: str, fold: int | None = None) -> When:
    """The instant of a local time (naive) in a zone.

    Raises ValidationError for `scheduled_local` when the clock there skips that time (naming the two nearest) or, with
    `fold` None, shows it twice (asking which); for `timezone` when the zone is unknown.
    """
    if zone_name not in known_zones():
        raise ValidationError({"timezone": _("“%(zone)s” bukan zona waktu IANA.") % {"zone": zone_name}})
    zone = zoneinfo.ZoneInfo(zone_name)
    if not FIRST_YEAR <= local.year <= LAST_YEAR:
        words = _("Tahunnya harus antara %(first)d dan %(last)d.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        raise ValidationError({"scheduled_local": words})
    first, second = (local.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
    if first > second:  # a gap: fold 0 reads it with the offset before, fold 1 with the one after
        before, after = _around_gap(second, first, zone)
        raise ValidationError(
            {
                "scheduled_local": _(
                    "Pukul %(time)s tidak ada di %(zone)s pada tanggal itu karena jam dimajukan. "
                    "Yang terdekat: %(before)s atau %(after)s."
                )
                % {
                    "time": f"{local:%H.%M}",
                    "zone": zone_name,
                    "before": _clock(before, local),
                    "after": _clock(after, local),
                }
            }
        )
    if first == second:
        fold = 0
    elif fold is None:
        raise ValidationError(
            {
                "fold": _(
                    "Pukul %(time)s terjadi dua kali di %(zone)s pada tanggal itu karena jam dimundurkan. "
                    "Pilih yang pertama (%(first)s UTC) atau yang kedua (%(second)s UTC)."
                )
                % {"time": f"{local:%H.%M}", "zone": zone_name, "first": f"{first:%H.%M}", "second": f"{second:%H.%M}"}
            }
        )
    return When(
        local_date=local.date(),
        local_time=local.time(),
        timezone=zone_name,
        fold=fold or 0,
        instant=second if fold else first,
    )


def parse(value: str, zone_name: str, fold: int | None = None) -> When:
    """`resolve()` of a text `YYYY-MM-DDTHH:MM`; anything else is a ValidationError for `scheduled_local`."""
    try:
        if not LOCAL.fullmatch(value):
            raise ValueError(value)
        local = datetime.strptime(value, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - local times are naive here
    except (TypeError, ValueError):
        raise ValidationError(
            {"scheduled_local": _("Tulis tanggal dan jam setempat sebagai YYYY-MM-DDTHH:MM, tanpa selisih zona.")}
        ) from None
    return resolve(local, zone_name, fold)


def at_instant(instant: datetime, zone_name: str) -> When:
    """The local time that clocks of the zone show at an instant, to the minute."""
    shown = instant.astimezone(zoneinfo.ZoneInfo(zone_name)).replace(second=0, microsecond=0)
    return resolve(shown.replace(tzinfo=None, fold=0), zone_name, shown.fold)


def nearest(local: datetime, zone_name: str, fold: int = 0) -> When:
    """Like `resolve()`, but a time that the zone skips becomes the first one after the gap. For zones that change."""
    zone = zoneinfo.ZoneInfo(zone_name)
    first, second = (local.replace(tzinfo=zone, fold=n).astimezone(UTC) for n in (0, 1))
    if first > second:
        return resolve(_around_gap(second, first, zone)[1].replace(tzinfo=None), zone_name)
    return resolve(local, zone_name, fold)


def _around_gap(low: datetime, high: datetime, zone: zoneinfo.ZoneInfo) -> tuple[datetime, datetime]:
    """The last minute before a gap and the first after it, in local time. The gap begins after `low`, at `high` the
    latest; zones change their offset at whole minutes."""
    low, high = change_between(low, high, zone)
    return low.astimezone(zone), high.astimezone(zone)


def _clock(shown: datetime, local: datetime) -> str:
    """The time, and the day too where it is another than that of `local`."""
    return f"{shown:%H.%M}" if shown.date() == local.date() else f"{shown:%d-%m-%Y %H.%M}"


def must_be_ahead(instant: datetime | None, at: datetime) -> None:
    """Raise ValidationError for `scheduled_local` unless the instant lies ahead."""
    if instant is None or instant <= at:
        raise ValidationError({"scheduled_local": _("Waktunya sudah lewat. Pilih waktu yang akan datang.")})


def approval_in_force(post: Post) -> Decision | None:
    """The approval that lets the post go out, if it has one."""
    return post.decisions.filter(outcome=Outcome.APPROVE, in_force=True).first()


def keeps_approval(post: Post, instant: datetime) -> bool:
    """Does the approval hold at the new time? Within RESCHEDULE_DAYS of the time it saw, and under no hold."""
    allowed = window(post)
    return allowed is not None and allowed[0] <= instant <= allowed[1]


def window(post: Post) -> tuple[datetime, datetime] | None:
    """From when to when a move keeps the approval; None when every move ends it."""
    approval = approval_in_force(post)
    if approval is None or approval.scheduled_at is None or workflow.Facts(post).holds:
        return None
    reach = timedelta(days=settings.RESCHEDULE_DAYS)
    return approval.scheduled_at - reach, approval.scheduled_at + reach


def reschedule(*, post: Post, by: Person, version: int, at: datetime, when: When, agreed: bool = True) -> Post:
    """Move an approved or missed post. It stays approved near the approved time, else goes back to review. A move to
    the time it has already writes nothing.

    The call is the consent to the review (DESIGN §10); pages ask first, and pass as `agreed` what was answered.
    Raises ValidationError (a time that is not ahead; NotAgreedError), PermissionDenied, Conflict.
    """
    with transaction.atomic():
        post = workflow.lock(post.pk)
        typed = {"scheduled_local": f"{when.local_date}T{when.local_time:%H:%M}", "timezone": when.timezone}
        workflow.require(post, Action.RESCHEDULE, by, at, version=version, mine=typed)
        must_be_ahead(when.instant, at)
        if all(getattr(post, name) == value for name, value in when.fields().items()):
            return post
        old = post.scheduled_at
        stays = keeps_approval(post, when.instant)
        if not stays and not agreed:
            raise NotAgreedError(_("Pemindahan ini mengakhiri persetujuan. Nyatakan dahulu bahwa Anda setuju."))
        changes = when.fields() | {"schedule_version": post.schedule_version + 1}
        if not stays:
            changes |= {"approved_revision": None}
        workflow.move(
            post,
            Action.RESCHEDULE,
            actor=by,
            at=at,
            version=version,
            to=Status.APPROVED if stays else Status.IN_REVIEW,
            data={"from": _iso(old), "to": _iso(when.instant), "timezone": when.timezone},
            **changes,
        )
        if not stays:
            rounds.void_approval(post)
            rounds.open_round(post, by=by, at=at)
        reminders.after(post, Action.RESCHEDULE, by=by, at=at, old_at=_iso(old))
        return post


def rezone(*, mission: Mission, old_zone: str, by: Person | None, at: datetime) -> int:
    """After a mission's zone was edited: its future posts written in the old zone take the new one and keep their
    local time. Owners and headquarters are told. Returns how many moved. Call it in the same transaction."""
    posts = _waiting(at).filter(mission=mission, timezone=old_zone)
    return sum(_rederive(post, mission.timezone, by=by, at=at) for post in posts)


def rederive(*, at: datetime) -> int:
    """Derive the instants of all future posts again, since the zone data may have changed. Returns how many moved.

    A process keeps the zones it has read; here they are read anew, so that an update of the machine is enough.
    """
    zoneinfo.ZoneInfo.clear_cache()
    moved = 0
    rows = Post.objects.filter(status__in=WAITING, scheduled_at__gt=at).order_by("pk")
    for row in rows.only("local_date", "local_time", "timezone", "fold", "scheduled_at").iterator():
        if _is_off(row):
            with transaction.atomic():
                # asked again under the lock: somebody may have moved or published it meanwhile
                posts = [post for post in _waiting(at).filter(pk=row.pk) if _is_off(post)]
                moved += sum(_rederive(post, post.timezone, by=None, at=at) for post in posts)
    return moved


def _waiting(at: datetime) -> QuerySet[Post]:
    """The posts that follow a change of zone, locked in one order. What left on its way to the lock drops out."""
    rows = Post.objects.filter(status__in=WAITING).exclude(scheduled_at__lte=at).order_by("pk")
    return rows.select_for_update(of=("self",)).select_related("mission")


def _is_off(post: Post) -> bool:
    """Is the stored instant another than the one its local time stands for?"""
    return post.local is not None and post.local.astimezone(UTC) != post.scheduled_at


def _rederive(post: Post, zone_name: str, *, by: Person | None, at: datetime) -> int:
    old = post.scheduled_at
    changes: dict[str, Any] = {"timezone": zone_name}
    if post.local_date is not None and post.local_time is not None:
        changes = nearest(datetime.combine(post.local_date, post.local_time), zone_name, post.fold).fields()
    if post.status == Status.APPROVED:
        changes["schedule_version"] = post.schedule_version + 1
    data = {"from": _iso(old), "to": _iso(changes.get("scheduled_at")), "timezone": zone_name}
    workflow.move(post, Action.REZONE, actor=by, at=at, version=None, data=data, by_system=True, **changes)
    if changes.get("scheduled_at") != old:
        rounds.follow_time(post)
        reminders.after(post, Action.REZONE, by=by, at=at, old_at=_iso(old))
    return 1


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None

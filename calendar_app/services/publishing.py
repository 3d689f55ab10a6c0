"""What goes out: confirming each channel, urgent publication, retracting, and what was missed."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import dateparse
from django.utils.translation import gettext as _

from calendar_app import networks, workflow
from calendar_app.errors import Conflict
from calendar_app.models import Hold, Network, Post, Publication, Review, Status, Theme
from calendar_app.queries import holds as hold_queries
from calendar_app.queries.completeness import missing_content
from calendar_app.services import holds, reminders, rounds, schedules
from calendar_app.services.submissions import need_words, visible
from calendar_app.workflow import NO_HOLD, Action
from missions.models import Person

logger = logging.getLogger(__name__)

MIN_URGENT_REASON = 20  # characters, DESIGN §3
# How long ago an urgent publication may have gone out when it is reported.
URGENT_REPORTED_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Confirmation:
    """One channel as the mission reports it: out at an instant (with a link or without), or given up."""

    network: Network
    url: str
    published_at: datetime | None
    given_up: str


def mark_published(
    *, post: Post, by: Person, version: int, at: datetime, channels: Iterable[Mapping[str, Any]]
) -> Post:
    """Confirm channels: `{network, url?, published_at?, given_up?}`. The post is published when none is left.

    Raises ValidationError (`channels`: unknown, all given up, a link elsewhere, a time ahead or before the approval),
    PermissionDenied, Conflict (state, version, confirmed by somebody first, or a hold that was there first).
    """
    with transaction.atomic():
        # the lock of holds comes first, always in this order, so that nobody waits in a circle
        holds.lock_shared()
        post = workflow.lock(post.pk)
        workflow.require(post, Action.MARK_PUBLISHED, by, at, version=version, waived=(NO_HOLD,))
        confirmed = _clean(post, channels, at, earliest=_approved_at(post))
        covering = workflow.Facts(post).holds
        _respect(covering, confirmed, post)
        goes_out = not set(_open_networks(post)) - {row.network.pk for row in confirmed}
        if goes_out and not _anything_out(post, confirmed):
            raise ValidationError(
                {"channels": _("Semua kanal dilepas. Batalkan unggahan ini bila memang tidak tayang.")}
            )
        _write(post, confirmed, by=by, at=at, before_hold=bool(covering))
        changes: dict[str, Any] = {}
        if goes_out:
            changes["published_at"] = _first_out(post)
        workflow.move(
            post,
            Action.MARK_PUBLISHED,
            actor=by,
            at=at,
            version=version,
            to=Status.PUBLISHED if goes_out else Status(post.status),
            data={"channels": [_told(row) for row in confirmed]},
            waived=(NO_HOLD,),
            changes_post=goes_out,
            **changes,
        )
        reminders.after(post, Action.MARK_PUBLISHED, by=by, at=at)
        return post


def publish_urgent(
    *,
    post: Post,
    by: Person,
    version: int,
    at: datetime,
    theme: str,
    reason: str,
    channels: Iterable[Mapping[str, Any]],
) -> Post:
    """Publish at once in a crisis, before any review; a retrospective round opens, due in 24 hours.

    Raises ValidationError (not a crisis theme, a reason under 20 characters, incomplete content or channels),
    PermissionDenied, Conflict.
    """
    with transaction.atomic():
        holds.lock_shared()
        post = workflow.lock(post.pk)
        typed = {"theme": theme, "reason": reason}
        workflow.require(post, Action.PUBLISH_URGENT, by, at, version=version, mine=typed)
        crisis, words = _crisis(theme, reason)
        _respect_theme(crisis, post, typed)
        lacks = {name: text for name, text in missing_content(post).items() if name.startswith("variants")}
        if lacks:
            raise ValidationError(lacks)
        confirmed = _clean(post, channels, at, earliest=at - URGENT_REPORTED_WITHIN)
        if set(_open_networks(post)) - {row.network.pk for row in confirmed}:
            raise ValidationError({"channels": _("Sebut setiap kanal: sudah tayang, atau dilepas dengan alasan.")})
        if not _anything_out(post, confirmed):
            raise ValidationError({"channels": _("Paling sedikit satu kanal harus sudah tayang.")})
        rounds.close_round(post, at=at)
        rounds.open_round(post, by=by, at=at, kind=Review.Kind.AFTERWARDS)
        first = min(row.published_at for row in confirmed if row.published_at)
        # on the calendar it stands where it went out, whatever was planned
        when = schedules.at_instant(first, post.timezone)
        workflow.move(
            post,
            Action.PUBLISH_URGENT,
            actor=by,
            at=at,
            version=version,
            data={"theme": crisis.code, "reason": words, "channels": [_told(row) for row in confirmed]},
            urgent=True,
            theme=crisis,
            **when.fields(),
            published_at=first,
            first_submitted_at=post.first_submitted_at or at,
        )
        _write(post, confirmed, by=by, at=at, before_hold=False)
        reminders.after(post, Action.PUBLISH_URGENT, by=by, at=at, comment=words)
        return post


def retract(*, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    """Record that what went out was taken down. Raises ValidationError without a reason, PermissionDenied, Conflict."""
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, Action.RETRACT, by, at, version=version, mine={"comment": comment})
        words = need_words(comment, _("Tulis alasannya."))
        # the review of an urgent publication stays open: somebody at headquarters still decides on it
        workflow.move(post, Action.RETRACT, actor=by, at=at, version=version, data={"comment": words})
        reminders.after(post, Action.RETRACT, by=by, at=at, comment=words)
        return post


def expire_due(*, at: datetime) -> int:
    """Mark as missed what is approved, past its grace, under no hold and not partly out. Returns how many."""
    missed = 0
    late = Post.objects.filter(status=Status.APPROVED, scheduled_at__lte=at - workflow.grace())
    late = late.exclude(hold_queries.covered_by(hold_queries.in_force()))
    late = late.exclude(pk__in=Publication.objects.filter(published_at__isnull=False).values("post_id"))
    for pk in late.order_by("scheduled_at").values_list("pk", flat=True):
        try:
            missed += _expire(pk, at)
        except Exception:
            # one post that cannot be moved must not stop the clock for the others
            logger.exception("post %s could not be marked as missed", pk)
    return missed


def _expire(pk: int, at: datetime) -> int:
    with transaction.atomic():
        # what the list said is looked at again under the locks
        holds.lock_shared()
        post = workflow.lock(pk)
        if not workflow.check(post, Action.EXPIRE, None, at):
            return 0
        workflow.move(post, Action.EXPIRE, actor=None, at=at, version=None)
        reminders.after(post, Action.EXPIRE, by=None, at=at)
        return 1


def _open_networks(post: Post) -> list[int]:
    """The channels of the post that are neither out nor given up."""
    done = Publication.objects.standing(post).values_list("network_id", flat=True)
    revision = post.current_revision
    assert revision is not None
    return list(revision.variants.exclude(network_id__in=list(done)).values_list("network_id", flat=True))


def _approved_at(post: Post) -> datetime:
    """Before the approval in force nothing can have gone out as approved, whatever is typed (rules 1 and 8)."""
    approval = schedules.approval_in_force(post)
    assert approval is not None, "what is approved has its approval"
    return approval.at


def _clean(
    post: Post, channels: Iterable[Mapping[str, Any]], at: datetime, *, earliest: datetime
) -> list[Confirmation]:
    if not isinstance(channels, list | tuple) or not channels or not all(isinstance(row, Mapping) for row in channels):
        raise ValidationError({"channels": _("Sebut paling sedikit satu kanal.")})
    waiting = {network.code: network for network in Network.objects.filter(pk__in=_open_networks(post))}
    done = set(Publication.objects.standing(post).values_list("network__code", flat=True))
    result: dict[str, Confirmation] = {}
    for row in channels:
        code = row.get("network")
        network = waiting.get(code) if isinstance(code, str) else None
        if network is None or code in result:
            if code in done:
                raise workflow.overtaken(_("Kanal ini sudah dikonfirmasi."), post)
            raise ValidationError({"channels": _("Kanal “%(code)s” bukan kanal unggahan ini.") % {"code": code}})
        try:
            result[network.code] = _confirmation(network, row, earliest, at)
        except ValidationError as error:
            messages = [f"{network.name}: {message}" for message in error.messages]
            raise ValidationError({f"channels.{network.code}": messages, "channels": messages}) from None
    return list(result.values())


def _confirmation(network: Network, row: Mapping[str, Any], earliest: datetime, at: datetime) -> Confirmation:
    given_up = row.get("given_up") or ""
    if given_up:
        if not isinstance(given_up, str) or len(given_up) > 500:
            raise ValidationError(_("Alasan paling banyak 500 karakter."))
        if not given_up.strip():
            raise ValidationError(_("Tulis mengapa kanal ini dilepas."))
        return Confirmation(network, "", None, given_up.strip())
    url = row.get("url") or ""
    if url:
        URLValidator(schemes=["http", "https"])(url)
        if len(url) > 500:
            raise ValidationError(_("Tautan paling panjang 500 karakter."))
        if not networks.link_host_matches(network.hosts, url):
            raise ValidationError(
                _("Tautan ini bukan di %(hosts)s. Periksa kembali.") % {"hosts": ", ".join(network.hosts)}
            )
    return Confirmation(network, url, _instant(row.get("published_at") or at, earliest, at), "")


def _instant(value: Any, earliest: datetime, at: datetime) -> datetime:
    """When a channel went out: aware, not before `earliest` and not ahead of `at`. A minute of grace: people type
    minutes, and clocks differ."""
    try:
        when = dateparse.parse_datetime(value) if isinstance(value, str) else value
        # the very first hours of the calendar lie before it in UTC
        when = when.astimezone(UTC) if isinstance(when, datetime) and when.tzinfo else None
    except (ValueError, OverflowError):
        when = None
    if when is None:
        raise ValidationError(_("Tulis waktu tayang beserta selisih zonanya, misalnya 2026-11-25T09:00:00+09:00."))
    if when > at:
        raise ValidationError(_("Waktu tayang tidak boleh di masa depan."))
    if when < earliest.replace(second=0, microsecond=0):
        words = _("Waktu tayang paling awal %(earliest)s UTC: sebelum itu unggahan ini belum boleh tayang.")
        raise ValidationError(words % {"earliest": f"{earliest:%d-%m-%Y %H.%M}"})
    # a time typed to the minute of the approval means after it
    return max(when, earliest)


def _respect(covering: list[Hold], confirmed: list[Confirmation], post: Post) -> None:
    """Rule 8: under a hold only what went out before it was made may be confirmed."""
    times = [row.published_at for row in confirmed if row.published_at]
    for hold in covering:
        if any(when >= hold.made_at for when in times):
            raise Conflict(_("Ditahan: %(reason)s") % {"reason": hold.reason}, post=post)


def _respect_theme(crisis: Theme, post: Post, typed: dict[str, Any]) -> None:
    """The post is about to get this theme, so a hold on it that stops urgent posts covers the post too."""
    for hold in hold_queries.in_force():
        if hold.stops_urgent and hold.theme_id in (crisis.pk, crisis.parent_id):
            message = _("Ditahan, juga untuk tayang mendesak: %(reason)s") % {"reason": hold.reason}
            raise Conflict(message, post=post, mine=typed)


def _anything_out(post: Post, confirmed: list[Confirmation]) -> bool:
    return any(row.published_at for row in confirmed) or workflow.Facts(post).is_out


def _first_out(post: Post) -> datetime:
    first = post.publications.filter(published_at__isnull=False).order_by("published_at").first()
    assert first is not None
    assert first.published_at is not None
    return first.published_at


def _write(post: Post, confirmed: list[Confirmation], *, by: Person, at: datetime, before_hold: bool) -> None:
    assert post.current_revision is not None, "only what was approved has channels"
    for row in confirmed:
        Publication.objects.create(
            post=post,
            network=row.network,
            revision=post.current_revision,
            url=row.url,
            published_at=row.published_at,
            given_up=row.given_up,
            confirmed_by=by,
            confirmed_at=at,
            before_hold=before_hold and row.published_at is not None,
        )


def _told(row: Confirmation) -> dict[str, Any]:
    out = row.published_at.isoformat() if row.published_at else None
    return {"network": row.network.code, "url": row.url, "published_at": out, "given_up": row.given_up}


def _crisis(code: str, reason: str) -> tuple[Theme, str]:
    theme = Theme.objects.filter(code=code, is_active=True, crisis=True).first() if isinstance(code, str) else None
    errors = {}
    if theme is None:
        errors["theme"] = _("Tayang mendesak hanya untuk tema krisis yang aktif.")
    words = reason.strip() if isinstance(reason, str) else ""
    if visible(words) < MIN_URGENT_REASON:
        errors["reason"] = _("Tulis alasannya, paling sedikit %(least)d karakter.") % {"least": MIN_URGENT_REASON}
    if errors or theme is None:
        raise ValidationError(errors)
    return theme, words

"""On the way to headquarters and back: submit, sign off, send back, withdraw, cancel."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from calendar_app import workflow
from calendar_app.models import Post, Status
from calendar_app.queries.completeness import missing
from calendar_app.services import reminders, rounds
from calendar_app.workflow import Action
from missions.models import Person
from missions.roles import Permission, can


def submit(*, post: Post, by: Person, version: int, at: datetime) -> Post:
    """Send a complete post to the head for sign-off, or to review where the mission needs none or a head submits.

    Raises ValidationError with everything that is missing, PermissionDenied, Conflict.
    """
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, Action.SUBMIT, by, at, version=version)
        lacks = missing(post, at)
        if lacks:
            raise ValidationError(lacks)
        is_head = bool(can(by, Permission.SIGN_OFF, post.mission_id))
        waits_for_head = post.mission.needs_signoff and not is_head
        workflow.move(
            post,
            Action.SUBMIT,
            actor=by,
            at=at,
            version=version,
            to=Status.SIGNOFF if waits_for_head else Status.IN_REVIEW,
            data={"signed_off": is_head},
            submitted_by=by,
            first_submitted_at=post.first_submitted_at or at,
        )
        if not waits_for_head:
            rounds.open_round(post, by=by, at=at)
        reminders.after(post, Action.SUBMIT, by=by, at=at)
        return post


def sign_off(*, post: Post, by: Person, version: int, at: datetime) -> Post:
    """The head agrees: on to headquarters. Raises ValidationError (its time has passed meanwhile, or a text no longer
    fits), PermissionDenied, Conflict."""
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, Action.SIGN_OFF, by, at, version=version)
        lacks = missing(post, at)
        if lacks:
            raise ValidationError(lacks)
        workflow.move(post, Action.SIGN_OFF, actor=by, at=at, version=version)
        rounds.open_round(post, by=by, at=at)
        reminders.after(post, Action.SIGN_OFF, by=by, at=at)
        return post


def send_back(*, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    """The head wants changes. Raises ValidationError without a comment, PermissionDenied, Conflict."""
    return _leave(Action.SEND_BACK, post, by, version, at, need_words(comment, _("Tulis apa yang perlu diperbaiki.")))


def withdraw(*, post: Post, by: Person, version: int, at: datetime) -> Post:
    """Take a waiting post back to draft. Raises PermissionDenied, Conflict."""
    return _leave(Action.WITHDRAW, post, by, version, at, "")


def cancel(*, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    """Give the post up; it is kept. Raises ValidationError without a reason, PermissionDenied, Conflict."""
    return _leave(Action.CANCEL, post, by, version, at, need_words(comment, _("Tulis alasannya.")))


def visible(words: str) -> int:
    """How many characters a reader sees: white space and format characters do not count as words."""
    return sum(unicodedata.category(character)[0] not in "CZ" for character in words) + words.count(" ")


def need_words(comment: str, message: str, least: int = 1, field: str = "comment") -> str:
    """The comment without the white space around it. Raises ValidationError for `field` if too short or long."""
    words = comment.strip() if isinstance(comment, str) else ""
    if visible(words) < least:
        raise ValidationError({field: message})
    if len(words) > 5000:
        raise ValidationError({field: _("Terlalu panjang: paling banyak 5.000 karakter.")})
    return words


def _leave(action: Action, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    with transaction.atomic():
        post = workflow.lock(post.pk)
        data = {"comment": comment} if comment else {}
        workflow.require(post, action, by, at, version=version, mine=data)
        had_approval = post.approved_revision_id is not None
        changes: dict[str, Any] = {"approved_revision": None} if had_approval else {}
        workflow.move(post, action, actor=by, at=at, version=version, data=data, **changes)
        rounds.close_round(post, at=at)
        if had_approval:
            rounds.void_approval(post)
        reminders.after(post, action, by=by, at=at, comment=comment)
        return post

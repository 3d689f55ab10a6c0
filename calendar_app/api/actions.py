"""What is done to a post: one call for each action of `calendar_app/workflow.py`. Each answers with the post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from calendar_app import access, clock
from calendar_app.api import query
from calendar_app.api.posts import answer
from calendar_app.api.schema import Words, endpoint
from calendar_app.api.serializers.decisions import Afterwards, Approval, Comment
from calendar_app.api.serializers.fields import Strict, Versioned, caller, read
from calendar_app.api.serializers.posts import PostSerializer
from calendar_app.api.serializers.publishing import Move, Publishing, Urgent
from calendar_app.models import Post
from calendar_app.services import publishing, reviews, schedules, submissions
from calendar_app.workflow import ACTION_NAMES, Action

Service = Callable[..., Post]
View = Callable[[Request, int], Response]


def _described(action: Action, body: type[Strict], description: Words = "") -> Callable[[View], View]:
    """The schema's entry and the view of one action."""

    def decorate(view: View) -> View:
        entry = endpoint(
            f"posts_{action}",
            ACTION_NAMES[action],
            PostSerializer,
            tag="actions",
            method="POST",
            body=body,
            problems=(404, 409),
            description=description,
        )
        return entry(api_view(["POST"])(view))

    return decorate


def _do(request: Request, pk: int, action: Action, body: type[Strict], service: Service) -> Response:
    """Role first, then the body, then the service with its fields."""
    query.only(request)
    post = access.post_for_action(caller(request), pk, action)
    at = clock.now()
    data = read(body, request)
    return answer(request, service(post=post, by=caller(request), at=at, **data), at)


@_described(Action.SUBMIT, Versioned)
def submit(request: Request, pk: int) -> Response:
    """To the head, or to review."""
    return _do(request, pk, Action.SUBMIT, Versioned, submissions.submit)


@_described(Action.SIGN_OFF, Versioned)
def sign_off(request: Request, pk: int) -> Response:
    """The head agrees."""
    return _do(request, pk, Action.SIGN_OFF, Versioned, submissions.sign_off)


@_described(Action.SEND_BACK, Comment)
def send_back(request: Request, pk: int) -> Response:
    """The head wants changes."""
    return _do(request, pk, Action.SEND_BACK, Comment, submissions.send_back)


@_described(Action.WITHDRAW, Versioned)
def withdraw(request: Request, pk: int) -> Response:
    """Back to draft."""
    return _do(request, pk, Action.WITHDRAW, Versioned, submissions.withdraw)


@_described(Action.APPROVE, Approval, _("`content_hash` adalah naskah yang Anda baca: `revision.content_hash`."))
def approve(request: Request, pk: int) -> Response:
    """Headquarters approves the revision that was read."""
    return _do(request, pk, Action.APPROVE, Approval, reviews.approve)


@_described(Action.REQUEST_CHANGES, Comment)
def request_changes(request: Request, pk: int) -> Response:
    """Headquarters asks for changes."""
    return _do(request, pk, Action.REQUEST_CHANGES, Comment, reviews.request_changes)


@_described(Action.DECLINE, Comment)
def decline(request: Request, pk: int) -> Response:
    """Headquarters says no."""
    return _do(request, pk, Action.DECLINE, Comment, reviews.decline)


@_described(Action.RECALL, Comment)
def recall(request: Request, pk: int) -> Response:
    """Headquarters takes its approval back."""
    return _do(request, pk, Action.RECALL, Comment, reviews.recall)


@_described(Action.RESCHEDULE, Move, _("Dekat dengan waktu yang disetujui tetap disetujui; selebihnya ditinjau lagi."))
def reschedule(request: Request, pk: int) -> Response:
    """To another time."""
    return _do(request, pk, Action.RESCHEDULE, Move, _reschedule)


def _reschedule(*, post: Post, at: datetime, scheduled_local: str, **data: Any) -> Post:
    zone, fold = data.pop("timezone", None) or post.timezone, data.pop("fold", None)
    return schedules.reschedule(post=post, at=at, when=schedules.parse(scheduled_local, zone, fold), **data)


@_described(Action.MARK_PUBLISHED, Publishing, _("Tayang setelah setiap kanal dikonfirmasi atau dilepas."))
def mark_published(request: Request, pk: int) -> Response:
    """Channels are out, or given up."""
    return _do(request, pk, Action.MARK_PUBLISHED, Publishing, publishing.mark_published)


@_described(Action.PUBLISH_URGENT, Urgent, _("Hanya untuk tema krisis; Pusat meninjau sesudahnya dalam 24 jam."))
def publish_urgent(request: Request, pk: int) -> Response:
    """Out at once, reviewed afterwards."""
    return _do(request, pk, Action.PUBLISH_URGENT, Urgent, publishing.publish_urgent)


@_described(Action.REVIEW_AFTERWARDS, Afterwards)
def review_afterwards(request: Request, pk: int) -> Response:
    """Headquarters decides on what went out urgently."""
    return _do(request, pk, Action.REVIEW_AFTERWARDS, Afterwards, reviews.review_afterwards)


@_described(Action.CANCEL, Comment)
def cancel(request: Request, pk: int) -> Response:
    """Given up, and kept."""
    return _do(request, pk, Action.CANCEL, Comment, submissions.cancel)


@_described(Action.RETRACT, Comment)
def retract(request: Request, pk: int) -> Response:
    """Taken down."""
    return _do(request, pk, Action.RETRACT, Comment, publishing.retract)

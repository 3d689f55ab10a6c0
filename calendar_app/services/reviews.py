"""What headquarters decides: approve, request changes, decline; recall; review after an urgent publication."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from calendar_app import workflow
from calendar_app.models import Alignment, Decision, DecisionTheme, Outcome, Post, Review, Status, Theme
from calendar_app.services import reminders, rounds
from calendar_app.services.submissions import need_words
from calendar_app.workflow import AWAITS_AFTERWARDS, Action
from missions.models import Person


def approve(
    *,
    post: Post,
    by: Person,
    version: int,
    at: datetime,
    content_hash: str,
    primary_theme: str,
    secondary_themes: Iterable[str] = (),
    alignment: str,
    activity_only: bool = False,
    note: str = "",
) -> Post:
    """Approve exactly the revision with `content_hash`, tied to its themes (codes).

    Raises ValidationError (theme or alignment missing, unknown or inactive), PermissionDenied (role, or the editor
    wrote part of it), Conflict (decided or changed meanwhile; `mine` keeps what was typed).
    """
    typed: dict[str, Any] = {
        "primary_theme": primary_theme,
        "secondary_themes": list(secondary_themes),
        "alignment": alignment,
        "note": note,
    }
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, Action.APPROVE, by, at, version=version, mine=typed)
        _must_have_read(post, content_hash, typed)
        primary, secondary = _themes(primary_theme, typed["secondary_themes"])
        _known_alignment(alignment)
        decision = _decide(
            post,
            Outcome.APPROVE,
            by=by,
            at=at,
            comment=note.strip(),
            themes=[primary, *secondary],
            alignment=alignment,
            activity_only=activity_only,
        )
        workflow.move(
            post,
            Action.APPROVE,
            actor=by,
            at=at,
            version=version,
            data={
                "round": decision.review.number,
                "content_hash": content_hash,
                "primary_theme": primary.code,
                "alignment": alignment,
            },
            approved_revision_id=post.current_revision_id,
            theme=primary,
            schedule_version=post.schedule_version + 1,
        )
        reminders.after(post, Action.APPROVE, by=by, at=at, comment=note.strip())
        return post


def request_changes(*, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    """Ask the mission for changes. Raises ValidationError without a comment, PermissionDenied, Conflict."""
    return _refuse(Action.REQUEST_CHANGES, Outcome.REQUEST_CHANGES, post, by, version, at, comment)


def decline(*, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    """Say no for good. Raises ValidationError without a reason, PermissionDenied, Conflict."""
    return _refuse(Action.DECLINE, Outcome.DECLINE, post, by, version, at, comment)


def recall(*, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    """Take an approval back before anything went out. Raises ValidationError, PermissionDenied, Conflict."""
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, Action.RECALL, by, at, version=version, mine={"comment": comment})
        reason = need_words(comment, _("Tulis alasannya."))
        workflow.move(
            post, Action.RECALL, actor=by, at=at, version=version, data={"comment": reason}, approved_revision=None
        )
        rounds.void_approval(post)
        reminders.after(post, Action.RECALL, by=by, at=at, comment=reason)
        return post


def review_afterwards(
    *,
    post: Post,
    by: Person,
    version: int,
    at: datetime,
    outcome: str,
    comment: str,
    primary_theme: str = "",
    alignment: str = "",
) -> Post:
    """Decide on what went out urgently: `keep` (with theme and alignment, like an approval) or `retract`.

    Raises ValidationError, PermissionDenied, Conflict.
    """
    typed = {"outcome": outcome, "comment": comment, "primary_theme": primary_theme, "alignment": alignment}
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, Action.REVIEW_AFTERWARDS, by, at, version=version, mine=typed)
        if outcome not in (Outcome.KEEP, Outcome.RETRACT):
            raise ValidationError({"outcome": _("Pilih: dibiarkan tayang (keep) atau ditarik (retract).")})
        words = need_words(comment, _("Tulis alasannya."))
        themes: list[Theme] = []
        if outcome == Outcome.KEEP and primary_theme:
            themes = [_themes(primary_theme, [])[0]]
        if alignment:
            _known_alignment(alignment)
        _decide(post, Outcome(outcome), by=by, at=at, comment=words, themes=themes, alignment=alignment)
        changes: dict[str, Any] = {"theme": themes[0]} if themes else {}
        workflow.move(
            post,
            Action.REVIEW_AFTERWARDS,
            actor=by,
            at=at,
            version=version,
            to=Status.RETRACTED if outcome == Outcome.RETRACT else Status(post.status),
            data={"outcome": outcome, "comment": words},
            waived=(AWAITS_AFTERWARDS,),  # the decision has just closed the round
            changes_post=outcome == Outcome.RETRACT and post.status != Status.RETRACTED,
            **changes,
        )
        reminders.after(post, Action.REVIEW_AFTERWARDS, by=by, at=at, comment=words)
        return post


def _refuse(action: Action, outcome: Outcome, post: Post, by: Person, version: int, at: datetime, comment: str) -> Post:
    with transaction.atomic():
        post = workflow.lock(post.pk)
        workflow.require(post, action, by, at, version=version, mine={"comment": comment})
        words = need_words(comment, _("Tulis alasannya, supaya penyusun tahu apa yang harus dilakukan."))
        decision = _decide(post, outcome, by=by, at=at, comment=words)
        data = {"round": decision.review.number, "comment": words}
        workflow.move(post, action, actor=by, at=at, version=version, data=data)
        reminders.after(post, action, by=by, at=at, comment=words)
        return post


def _decide(
    post: Post,
    outcome: Outcome,
    *,
    by: Person,
    at: datetime,
    comment: str,
    themes: Iterable[Theme] = (),
    alignment: str = "",
    activity_only: bool = False,
) -> Decision:
    """Write the decision of the open round and close the round. Themes: the primary one first."""
    review = Review.objects.filter(post=post, closed_at=None).first()
    if review is None:
        raise workflow.overtaken(_("Putaran tinjauan ini sudah ditutup."), post)
    try:
        # a savepoint: a decision that came first is a conflict for this person, not a failed transaction
        with transaction.atomic():
            decision = Decision.objects.create(
                review=review,
                post=post,
                revision_id=review.revision_id,
                outcome=outcome,
                actor=by,
                at=at,
                comment=comment,
                alignment=alignment,
                activity_only=activity_only,
                scheduled_at=post.scheduled_at,
            )
    except IntegrityError:
        raise workflow.overtaken(_("Putaran ini sudah diputuskan."), post, mine={"comment": comment}) from None
    for place, theme in enumerate(themes):
        DecisionTheme.objects.create(decision=decision, theme=theme, is_primary=place == 0, wording=theme.wording)
    rounds.close_round(post, at=at)
    return decision


def _must_have_read(post: Post, content_hash: str, typed: dict[str, Any]) -> None:
    current = post.current_revision
    if current is None or current.content_hash != content_hash:
        raise workflow.overtaken(_("Naskahnya bukan lagi yang Anda baca."), post, mine=typed)


def _themes(primary: str, secondary: Iterable[str]) -> tuple[Theme, list[Theme]]:
    wanted = [code for code in dict.fromkeys(secondary) if code != primary]
    known = {theme.code: theme for theme in Theme.objects.filter(code__in=[primary, *wanted], is_active=True)}
    errors = {}
    if not primary:
        errors["primary_theme"] = _("Pilih tema utama.")
    elif primary not in known:
        errors["primary_theme"] = _("Tema “%(code)s” tidak dikenal atau tidak aktif.") % {"code": primary}
    unknown = [code for code in wanted if code not in known]
    if unknown:
        errors["secondary_themes"] = _("Tema tidak dikenal atau tidak aktif: %(codes)s.") % {
            "codes": ", ".join(unknown)
        }
    if errors:
        raise ValidationError(errors)
    return known[primary], [known[code] for code in wanted]


def _known_alignment(alignment: str) -> None:
    if alignment not in Alignment.values:
        raise ValidationError({"alignment": _("Pilih keselarasan: kuat atau sebagian.")})

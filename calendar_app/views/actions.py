"""What is done to a post beside writing and publishing it: one page each, which asks and, posted, does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from calendar_app import access, clock, workflow
from calendar_app.errors import Conflict
from calendar_app.forms.actions import CommentForm, VersionForm
from calendar_app.models import Post
from calendar_app.queries import posts as queries
from calendar_app.services import drafts, publishing, reviews, submissions
from calendar_app.views.signed_in import SignedIn
from calendar_app.workflow import Action

asks = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Question:
    """The words of a page that asks before something is done. Without `label` no comment is asked for."""

    action: Action
    text: str | Promise
    verb: str | Promise
    done: str | Promise
    label: str | Promise = ""
    is_dangerous: bool = False


SUBMIT = Question(
    Action.SUBMIT,
    gettext_lazy("Sesudah diajukan, naskahnya tidak dapat diubah sampai diputuskan atau ditarik kembali."),
    gettext_lazy("Ajukan"),
    gettext_lazy("Diajukan."),
)
SIGN_OFF = Question(
    Action.SIGN_OFF,
    gettext_lazy("Dengan paraf ini unggahan diteruskan ke Pusat untuk ditinjau."),
    gettext_lazy("Paraf"),
    gettext_lazy("Diparaf. Sekarang menunggu tinjauan Pusat."),
)
SEND_BACK = Question(
    Action.SEND_BACK,
    gettext_lazy("Unggahan kembali ke penyusun bersama catatan Anda."),
    gettext_lazy("Kembalikan"),
    gettext_lazy("Dikembalikan ke penyusun."),
    gettext_lazy("Apa yang perlu diperbaiki?"),
)
WITHDRAW = Question(
    Action.WITHDRAW,
    gettext_lazy("Unggahan kembali menjadi draf. Sesudah diperbaiki, ajukan lagi."),
    gettext_lazy("Tarik kembali"),
    gettext_lazy("Ditarik kembali. Sekarang draf lagi."),
)
RECALL = Question(
    Action.RECALL,
    gettext_lazy("Persetujuan dicabut dan perwakilan diminta memperbaiki. Pengingat tayangnya batal."),
    gettext_lazy("Tarik persetujuan"),
    gettext_lazy("Persetujuan ditarik."),
    gettext_lazy("Alasan"),
    is_dangerous=True,
)
CANCEL = Question(
    Action.CANCEL,
    gettext_lazy("Unggahan tidak akan tayang. Isinya tetap tersimpan, tetapi tidak dapat dihidupkan lagi."),
    gettext_lazy("Batalkan unggahan"),
    gettext_lazy("Dibatalkan."),
    gettext_lazy("Alasan"),
    is_dangerous=True,
)
RETRACT = Question(
    Action.RETRACT,
    gettext_lazy("Hapus dahulu unggahannya di setiap kanal. Di sini Anda mencatat bahwa itu sudah dilakukan."),
    gettext_lazy("Catat sudah ditarik"),
    gettext_lazy("Tercatat: sudah ditarik dari kanal."),
    gettext_lazy("Alasan"),
    is_dangerous=True,
)
DELETE = Question(
    Action.DELETE,
    gettext_lazy("Draf ini belum pernah diajukan. Draf dan semua versinya hilang, tidak dapat dikembalikan."),
    gettext_lazy("Hapus draf"),
    gettext_lazy("Draf dihapus."),
    is_dangerous=True,
)


@asks
def post_submit(request: SignedIn, pk: int) -> HttpResponse:
    """Send a post to the head or to review. What is missing is shown in the composer, field by field."""
    return _ask(request, pk, SUBMIT, submissions.submit)


@asks
def post_sign_off(request: SignedIn, pk: int) -> HttpResponse:
    """The head agrees."""
    return _ask(request, pk, SIGN_OFF, submissions.sign_off)


@asks
def post_send_back(request: SignedIn, pk: int) -> HttpResponse:
    """The head wants changes."""
    return _ask(request, pk, SEND_BACK, submissions.send_back)


@asks
def post_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Take a waiting post back to draft."""
    return _ask(request, pk, WITHDRAW, submissions.withdraw)


@asks
def post_recall(request: SignedIn, pk: int) -> HttpResponse:
    """Take an approval back."""
    return _ask(request, pk, RECALL, reviews.recall)


@asks
def post_cancel(request: SignedIn, pk: int) -> HttpResponse:
    """Give a post up."""
    return _ask(request, pk, CANCEL, submissions.cancel)


@asks
def post_retract(request: SignedIn, pk: int) -> HttpResponse:
    """Record that what went out was taken down."""
    return _ask(request, pk, RETRACT, publishing.retract)


@asks
def post_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Delete a draft that was never submitted."""
    return _ask(request, pk, DELETE, drafts.delete)


def _ask(request: SignedIn, pk: int, question: Question, do: Callable[..., Post | None]) -> HttpResponse:
    """The page with the question; posted, the deed, and then the post's page (or the list, when it is gone)."""
    at = clock.now()
    post = access.post_for_action(request.user, pk, question.action)
    kind: type[VersionForm] = CommentForm if question.label else VersionForm
    form = kind(request.POST if request.method == "POST" else None, initial={"version": post.version})
    if request.method != "POST":
        workflow.require(post, question.action, request.user, at)
    elif form.is_valid():
        typed = {"comment": form.cleaned_data["comment"]} if question.label else {}
        try:
            done = do(post=post, by=request.user, version=form.cleaned_data["version"], at=at, **typed)
        except ValidationError as error:
            if question is SUBMIT:
                return redirect(f"{reverse('post_edit', args=[pk])}?periksa=1")
            form.take(error)
        except Conflict as conflict:
            conflict.mine = conflict.mine or typed
            raise
        else:
            messages.success(request, queries.now_waiting(done) if question is SUBMIT and done else str(question.done))
            return redirect("post", pk) if done else redirect("posts")
    context = {"at": at, "post": post, "shown_zone": post.timezone, "question": question, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "calendar_app/posts/action.html", context, status=status)

"""What services raise beside Django's ValidationError (400), PermissionDenied (403) and Http404."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from audit.models import Entry
    from calendar_app.models import Post


class Conflict(Exception):  # noqa: N818 - named after the status code it becomes
    """409: an old version, another hash, or not possible in this state.

    `message` says what happened; `change` is the entry of who did it and when, which each page tells in its own zone;
    `post` is the post as it stands now; `mine` is what the person typed (field → text), so that the page can show it
    beside `theirs`.
    """

    def __init__(
        self,
        message: str | Promise,
        *,
        post: Post | None = None,
        mine: dict[str, Any] | None = None,
        theirs: dict[str, Any] | None = None,
        change: Entry | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.post = post
        self.mine = mine or {}
        self.theirs = theirs or {}
        self.change = change

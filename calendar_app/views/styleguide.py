"""Every component in every state, from the templates that the pages use. What is shown is made up and kept nowhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audit.models import Entry as AuditEntry
from calendar_app import clock
from calendar_app.forms.styleguide import Sample
from calendar_app.models import Post, Status, Theme
from calendar_app.queries.history import Event, History
from calendar_app.queries.items import Item
from calendar_app.queries.tallies import LETTERS, LOOKS, Tally
from calendar_app.templatetags.calendar_marks import look_name
from calendar_app.views.calendar_parts import Entry
from calendar_app.views.signed_in import SignedIn
from calendar_app.workflow import Action

ZONE = ZoneInfo("Asia/Tokyo")
SIZES = (12, 13, 15, 18, 24, 32)
# The tokens that are colours, as static/css/variables.css groups them.
COLOURS = (
    ("page", "surface", "surface-2", "well", "weekend", "hover"),
    ("line", "line-2", "line-3", "ink", "ink-2", "ink-3"),
    ("brand", "brand-on", "brand-soft", "accent", "accent-hover", "accent-on", "accent-soft", "focus"),
    ("warn", "warn-soft", "good", "good-soft", "shade"),
    tuple(f"theme-{letter.lower()}{part}" for letter in LETTERS for part in ("", "-on", "-ink", "-soft")),
)
# How a stored status comes to be drawn in each of LOOKS.
STATUS_OF = {
    "published": Status.PUBLISHED,
    "approved": Status.APPROVED,
    "due": Status.APPROVED,
    "waiting": Status.IN_REVIEW,
    "changes": Status.CHANGES_REQUESTED,
    "draft": Status.DRAFT,
    "held": Status.APPROVED,
    "missed": Status.MISSED,
    "stopped": Status.CANCELLED,
}


@require_safe
def styleguide(request: SignedIn) -> HttpResponse:
    """The page that shows what pages are made of."""
    at = clock.now()
    form = Sample({"filled": _("Sudah ditulis"), "text": _("Beberapa baris."), "choice": "satu", "box": "on"})
    form.full_clean()
    context = {
        "at": at,
        "sizes": SIZES,
        "colours": COLOURS,
        "modes": (("light", _("Terang")), ("dark", _("Gelap"))),
        "items": items(at),
        "by_status": [
            Entry(
                "approved" if look == "due" else look, look_name(look), number, "#status", False, late=look == "missed"
            )
            for number, look in enumerate(LOOKS)
        ],
        "by_theme": [
            Entry(letter.value, str(letter.label), place, "#tema", False, width=15 * place)
            for place, letter in enumerate(Theme.Letter, 1)
        ],
        "themes": [
            Theme(letter=letter.value, name_id=str(letter.label), name_en=str(letter.label)) for letter in Theme.Letter
        ],
        "tallies": tallies(),
        "form": form,
        "form_empty": Sample(),
        "post": Post(timezone=str(ZONE)),
        "history": history(at),
    }
    return render(request, "calendar_app/styleguide/styleguide.html", context)


def items(at: datetime) -> list[Item]:
    """A post drawn in every way."""
    letters = ("", *LETTERS)
    made = []
    for place, look in enumerate(LOOKS):
        moment = at + timedelta(hours=place)
        letter = letters[place % len(letters)]
        made.append(
            Item(
                id=0,
                version=1,
                mission="kbri-tokyo",
                mission_name="KBRI Tokyo",
                title=_("Kopi Gayo kini bisa dipesan langsung dari koperasi"),
                purpose=_("Pelaku usaha Jepang tahu cara memesan kopi Gayo."),
                language="",
                status=STATUS_OF[look],
                look=look,
                due=look == "due",
                held=look == "held",
                movable=None,
                urgent=False,
                theme="",
                theme_name=str(Theme.Letter(letter).label) if letter else "",
                letter=letter,
                scheduled_at=moment,
                local=moment.astimezone(ZONE),
                own=moment.astimezone(ZONE),
                wib=moment.astimezone(ZoneInfo("Asia/Jakarta")),
                zone=str(ZONE),
                networks=["x", "instagram"],
            )
        )
    return made


def tallies() -> list[Tally]:
    """Cells with few and with many posts: one theme, all of them, more shapes than fit."""
    one = Tally(1, statuses={Status.APPROVED: 1}, looks={"approved": 1}, themes={"E": 1})
    many = Tally(12, looks={"published": 2, "approved": 4, "waiting": 3, "draft": 3}, themes={"E": 1, "P": 2, "K": 9})
    late = Tally(7, looks={"published": 5, "missed": 2}, themes={letter: place for place, letter in enumerate(LETTERS)})
    return [Tally(), one, many, late]


def history(at: datetime) -> History:
    """A post that was written, submitted and approved."""
    steps = (
        (Action.CREATE, "", Status.DRAFT),
        (Action.SUBMIT, Status.DRAFT, Status.IN_REVIEW),
        (Action.APPROVE, Status.IN_REVIEW, Status.APPROVED),
    )
    entries = [
        AuditEntry(
            at=at - timedelta(days=3 - n), action=action, actor_name="Penyusun Tokyo", from_status=old, to_status=new
        )
        for n, (action, old, new) in enumerate(steps)
    ]
    return History([], [], entries, [Event(entry) for entry in entries])

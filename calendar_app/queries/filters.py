"""What lists, calendar and API filter posts by: one reading of the query string, one condition on posts.

Two of the statuses are derived (DESIGN §3): `due` is approved with its time come, `held` is covered by a hold in force
and not gone out. A theme that is a branch takes its leaves along. A post counts under `Post.theme` alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, Expression, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from calendar_app.languages import LANGUAGES
from calendar_app.models import NOT_OUT, Hold, Post, Status, Theme, Variant
from calendar_app.queries import holds as hold_queries
from calendar_app.queries.offered import Offered
from missions.models import Mission

DUE, HELD = "due", "held"
STATUSES = (*Status.values, DUE, HELD)
MAX_TEXT = 200
# each word is looked for by itself; the words after this many are looked for as they stand, together
MAX_WORDS = 8
YEARS = (2000, 2100)
# What should have happened is a task of today until it is this long past.
PAST = timedelta(days=14)

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)([Zz]|[+ -]\d{2}:\d{2})")

Errors = dict[str, list[str]]


@dataclass(frozen=True)
class Filters:
    """Codes as in the address; empty means not filtered. `since` and `until` are `from` and `to` of the address.

    A date is a day by the mission's own midnight, both ends included; an instant includes `from` and excludes `to`.
    """

    region: str = ""
    mission: str = ""
    theme: str = ""
    status: str = ""
    network: str = ""
    language: str = ""
    audience: str = ""
    q: str = ""
    since: date | datetime | None = None
    until: date | datetime | None = None

    @property
    def is_set(self) -> bool:
        """Does anything narrow the list?"""
        return bool(self.as_query())

    @classmethod
    def parse(cls, query: Mapping[str, Any]) -> Filters:
        """Read a query string. Raises ValidationError {parameter: [text]} naming what is not known."""
        found, errors = cls.parse_leniently(query)
        if errors:
            raise ValidationError(errors)
        return found

    @classmethod
    def parse_leniently(cls, query: Mapping[str, Any], offered: Offered | None = None) -> tuple[Filters, Errors]:
        """The same for pages: what is not known is left out, and told in the second part. `offered`: the choices, of
        a page that shows them and need not read them again; else at most three queries."""
        offered = offered or Offered()
        values: dict[str, Any] = {}
        errors: Errors = {}
        for name, (param, read) in _READERS.items():
            text = str(query.get(param) or "").strip()
            if not text:
                continue
            try:
                if "\0" in text:
                    raise ValidationError(_("Ada tanda yang tidak dapat dibaca."))
                values[name] = read(text, offered)
            except ValidationError as error:
                errors[param] = error.messages
        found = cls(**values)
        if found.since and found.until and _is_before(found.until, found.since):
            errors["to"] = [_("“to” lebih awal daripada “from”.")]
            found = replace(found, until=None)
        return found, errors

    def apply(self, posts: QuerySet[Post], *, at: datetime, holds: Iterable[Hold] | None = None) -> QuerySet[Post]:
        """The posts that pass. `at` is what "due" compares with; `holds` are those in force, read when needed."""
        posts = self._by_place(posts)
        if self.status == DUE:
            posts = posts.filter(due(at))
        elif self.status == HELD:
            posts = posts.filter(held(hold_queries.in_force() if holds is None else holds))
        elif self.status:
            posts = posts.filter(status=self.status)
        return self._by_time(self._by_content(posts))

    def _by_place(self, posts: QuerySet[Post]) -> QuerySet[Post]:
        if self.region:
            posts = posts.filter(mission__in=Mission.objects.filter(region__code=self.region).order_by().values("pk"))
        if self.mission:
            posts = posts.filter(mission__code=self.mission)
        return posts

    def _by_content(self, posts: QuerySet[Post]) -> QuerySet[Post]:
        if self.theme:
            posts = posts.filter(theme__in=themes_under(self.theme))
        if self.network:
            posts = posts.filter(_variant(network__code=self.network))
        if self.language:
            posts = posts.filter(language=self.language)
        if self.audience:
            posts = posts.filter(current_revision__audience__code=self.audience)
        for word in self.q.split(maxsplit=MAX_WORDS - 1):
            posts = posts.filter(_says(word))
        return posts

    def _by_time(self, posts: QuerySet[Post]) -> QuerySet[Post]:
        if isinstance(self.since, datetime):
            posts = posts.filter(scheduled_at__gte=self.since)
        elif self.since:
            posts = posts.filter(local_date__gte=self.since)
        if isinstance(self.until, datetime):
            posts = posts.filter(scheduled_at__lt=self.until)
        elif self.until:
            posts = posts.filter(local_date__lte=self.until)
        return posts

    def as_query(self) -> dict[str, str]:
        """The parameters that are set, as they go into an address: `urlencode(filters.as_query())`."""
        query = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value:
                query[_READERS[field.name][0]] = value if isinstance(value, str) else value.isoformat()
        return query


def due(at: datetime) -> Q:
    """Approved, and the time has come."""
    return Q(status=Status.APPROVED, scheduled_at__lte=at)


def late(at: datetime | Expression) -> Q:
    """Should have gone out by `at` and did not, due or missed, in the last 14 days. What is older is a matter of the
    calendar, not of today; and so few days are read by the index `post_mission_time`, however long a mission writes."""
    return Q(status__in=(Status.APPROVED, Status.MISSED), scheduled_at__gte=at - PAST, scheduled_at__lte=at)


def is_due(post: Post, at: datetime) -> bool:
    """The same, of a post at hand."""
    return post.status == Status.APPROVED and post.scheduled_at is not None and post.scheduled_at <= at


def held(holds: Iterable[Hold]) -> Q:
    """Covered by one of these holds, and not gone out."""
    return Q(status__in=NOT_OUT) & hold_queries.covered_by(holds)


def themes_under(code: str) -> QuerySet[Theme, Any]:
    """The keys of a theme and, where it is a branch, of its leaves, as a subquery."""
    return Theme.objects.filter(Q(code=code) | Q(parent__code=code)).order_by().values("pk")


def _variant(**conditions: Any) -> Exists:
    return Exists(Variant.objects.filter(revision=OuterRef("current_revision"), **conditions).order_by())


def _says(word: str) -> Q:
    """The word is in the title, the purpose or a text of the current revision, or is the post's number."""
    condition = Q(title__icontains=word) | Q(current_revision__purpose__icontains=word)
    condition |= Q(_variant(text__icontains=word))
    number = word.removeprefix("#")
    if number.isdecimal() and len(number) <= 18:
        condition |= Q(pk=int(number))
    return condition


def _is_before(first: date | datetime, second: date | datetime) -> bool:
    """False also where a date and an instant cannot be compared."""
    if isinstance(first, datetime) != isinstance(second, datetime):
        return False
    return first < second


# Reading one parameter: text → value, or ValidationError ------------------------------------------

Reader = Callable[[str, Offered], Any]


def _code(kind: str, what: Callable[[], str]) -> Reader:
    def read(text: str, offered: Offered) -> str:
        if not offered.knows(kind, text):
            raise ValidationError(_("%(what)s “%(value)s” tidak dikenal.") % {"what": what(), "value": text[:60]})
        return text

    return read


def _choice(known: Iterable[str], what: Callable[[], str]) -> Reader:
    values = frozenset(known)

    def read(text: str, offered: Offered) -> str:
        if text not in values:
            raise ValidationError(_("%(what)s “%(value)s” tidak dikenal.") % {"what": what(), "value": text[:60]})
        return text

    return read


def _text(text: str, offered: Offered) -> str:
    if len(text) > MAX_TEXT:
        raise ValidationError(_("Paling panjang %(limit)d huruf.") % {"limit": MAX_TEXT})
    return text


def read_date(text: str) -> date:
    """A day as YYYY-MM-DD. Raises ValidationError."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(_("“%(value)s” bukan tanggal. Tulis seperti 2026-11-25.") % {"value": text[:60]})
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValidationError(
            _("Tahunnya harus antara %(first)d dan %(last)d.") % {"first": YEARS[0], "last": YEARS[1]}
        )
    return day


def _moment(text: str, offered: Offered) -> date | datetime:
    """A day, or an instant with its offset (RFC 3339). A `+` that the address turned into a space is understood."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return read_date(text)
    read_date(match[1])
    offset = "+00:00" if match[3] in "Zz" else match[3].replace(" ", "+")
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}")
    except ValueError:
        raise ValidationError(_("“%(value)s” bukan waktu.") % {"value": text[:60]}) from None


# field → its parameter, and how it is read
_READERS: dict[str, tuple[str, Reader]] = {
    "region": ("region", _code("region", lambda: _("Kawasan"))),
    "mission": ("mission", _code("mission", lambda: _("Perwakilan"))),
    "theme": ("theme", _code("theme", lambda: _("Tema"))),
    "status": ("status", _choice(STATUSES, lambda: _("Status"))),
    "network": ("network", _code("network", lambda: _("Jejaring"))),
    "language": ("language", _choice(LANGUAGES, lambda: _("Bahasa"))),
    "audience": ("audience", _code("audience", lambda: _("Khalayak"))),
    "q": ("q", _text),
    "since": ("from", _moment),
    "until": ("to", _moment),
}

"""What each network accepts: how it counts a text, and which links are its own.

The limits are data (model Network, from data/networks.csv); how to count is code, here.
Nothing here reads the database, and all of it is linear in the text, whatever the text is:
texts come from people, and from whoever pastes something nasty.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import regex
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from publicsuffixlist import PSLFILE

MAX_TEXT = 100_000
"""Longest text, in code points, that is counted at all; the most any network takes is 63,206."""
MAX_COMPOSE_URL = 2000
"""Longest compose link offered; browsers and proxies cut longer ones without saying so."""
LINK_LENGTH = 23
"""What a link counts on X (twitter-text configuration 3) and Mastodon, however long it is."""
BLUESKY_MAX_BYTES = 3000
"""UTF-8 bytes of a post, besides its 300 graphemes (lexicon app.bsky.feed.post)."""
TITLE_MAX: dict[str, int | None] = {"website": None, "youtube": 100}
"""Networks with a title of their own, and its limit in characters (YouTube Data API, snippet.title)."""


@dataclass(frozen=True)
class Limits:
    """What the table of networks says about one of them; None means that no limit is known."""

    code: str
    name: str
    max_chars: int | None
    max_hashtags: int | None


class Unit(StrEnum):
    """What is counted, as programs are told; `UNIT_NAMES` has the word for people."""

    WEIGHTED = "weighted"
    GRAPHEMES = "graphemes"
    CHARACTERS = "characters"
    BYTES = "bytes"
    UTF16 = "utf16"


UNIT_NAMES = {
    Unit.WEIGHTED: gettext_lazy("satuan"),
    Unit.GRAPHEMES: gettext_lazy("grafem"),
    Unit.CHARACTERS: gettext_lazy("karakter"),
    Unit.BYTES: gettext_lazy("bita"),
    Unit.UTF16: gettext_lazy("satuan UTF-16"),
}


@dataclass(frozen=True)
class Count:
    """The length of a text as its network counts it, and everything that is wrong with it."""

    length: int
    limit: int | None
    unit: Unit
    valid: bool
    errors: tuple[str, ...]

    @property
    def unit_name(self) -> str:
        """The unit in the reader's language."""
        return str(UNIT_NAMES[self.unit])


class Rule(NamedTuple):
    """How a network measures a normalised text, and what it counts."""

    measure: Callable[[str], int]
    unit: Unit


# --- Text ---------------------------------------------------------------------------------------

# Control characters, lone surrogates (no UTF-8), the byte order mark and the two noncharacters X refuses.
_DROPPED = regex.compile(r"[\p{Cs}\uFEFF\uFFFE\uFFFF]|[^\P{Cc}\n\t]")
_MARKS = regex.compile(r"(\P{ccc=0}{30})(?=\P{ccc=0})")
_JOINER = "\\1\u034f"
_FLAG = regex.compile(r"\p{RI}{2}")
_GRAPHEME = regex.compile(r"\X")
# The same with its place: \X alone takes quadratic time on a run of flags.
_GRAPHEME_OR_FLAG = regex.compile(r"\p{RI}{2}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SpacingMark}]*+|\X")
# Unicode TS 51, ED-17: flags, keycaps, tag sequences, and emoji with skin tones joined by ZWJ.
# ©, ® and ™ are emoji only when U+FE0F says so, as in twemoji.
_ONE_EMOJI = (
    r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}|[\xA9\xAE\u2122]\uFE0F"
    r"|(?![#*0-9\xA9\xAE\u2122])\p{Emoji}(?!\uFE0E)\uFE0F?)"
)
_EMOJI = regex.compile(
    r"\p{RI}{2}|[#*0-9]\uFE0F?\u20E3|\U0001F3F4[\U000E0020-\U000E007E]++\U000E007F"
    rf"|{_ONE_EMOJI}(?:\u200D{_ONE_EMOJI})*+"
)
# Weight 1 in twitter-text configuration 3; everything else weighs 2.
_HEAVY = regex.compile(r"[^\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]+")
_HASHTAG = regex.compile(r"(?<![\w&/])[#＃](?=[\d_]*+\w)\w++")  # digits alone are no hashtag


def normalise(text: str) -> str:
    """Return the text as it is stored and goes out: LF newlines, NFC, no control characters, no white space at its end.

    Never more than 30 combining marks follow each other: further ones are set apart by U+034F, the
    Stream-Safe format of Unicode Annex 15. Without it, NFC of a text of marks takes many seconds.
    """
    text = _DROPPED.sub("", regex.sub(r"\R", "\n", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _MARKS.sub(_JOINER, text))
        text = _MARKS.sub(_JOINER, text)  # composing may have freed a mark
    return text.rstrip()


def _graphemes(text: str) -> int:
    if text.isascii():
        return len(text)
    # Flags become one character first: \X takes quadratic time on a run of them.
    return sum(1 for _grapheme in _GRAPHEME.finditer(_FLAG.sub("\u4e00", text)))


def _utf8(text: str) -> int:
    return len(text.encode())


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# --- Links --------------------------------------------------------------------------------------
# The grammar of twitter-text 3, without its backtracking. Sources: its extractUrlsWithIndices and regexp/.

# The last label of every public suffix that a registry runs; the package keeps the list, the private part is left out.
_TLDS = frozenset(
    line.rsplit(".", 1)[-1]
    for line in Path(PSLFILE).read_text(encoding="utf-8").split("===BEGIN PRIVATE DOMAINS===")[0].splitlines()
    if line and not line.startswith("/") and not line.endswith("*")
)
_OTHER_TLDS: dict[str, list[str]] = {}  # those not in ASCII, by their first letter
for _tld in sorted(_TLDS):
    if not _tld.isascii():
        _OTHER_TLDS.setdefault(_tld[0], []).append(_tld)
_LATIN = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B\u02BB"
    r"\u0300-\u036F\u1E00-\u1EFF"
)
_DOMAIN = (
    r"[^\s\u180E!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$"
    r"\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF\uFFFE\uFFFF]"
)
_PATH = rf"[A-Za-z0-9\u0400-\u04FF!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_BALANCED = rf"\((?:{_PATH}++|{_PATH}*+\({_PATH}++\){_PATH}*+)\)"
_MAX_HOSTS = 2000  # what follows counts letter by letter: such a text is far too long either way
_MAX_LINK = 4096
_GOES_ON = regex.compile(r"[0-9A-Za-z@+-]")
_NOT_BEFORE = r"[A-Za-z0-9@＠$#＃]"
_BEFORE = regex.compile(_NOT_BEFORE)

_LABELS = rf"{_DOMAIN}++(?:[-_]++{_DOMAIN}++)*+"
_HOST = regex.compile(rf"{_LABELS}(*SKIP)(?:\.{_LABELS})++")
_TLD = regex.compile(r"\.(?:([A-Za-z]{2,18}+)(?![0-9A-Za-z@+-])|xn--[-0-9A-Za-z]++|(?=[^\x00-\x7F]|verm))")
_SCHEME = regex.compile(rf"(?<!{_NOT_BEFORE})https?://\Z", regex.IGNORECASE)
_INNER_START = regex.compile(rf"(?<!{_NOT_BEFORE}){_DOMAIN}")
_PORT_PATH = regex.compile(rf"(?::[0-9]++)?+(?P<path>/(?:{_PATH}++|{_BALANCED})*+)?+")
_QUERY = regex.compile(r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]++")
_PATH_NOT_LAST = "!*';:,.$%[]–~@|&"
_QUERY_NOT_LAST = "!?*'@();:+$%[].,~|"
_ASCII_DOMAIN = regex.compile(r"[-A-Za-z0-9.]++")
_LATIN_LABELS = regex.compile(rf"(?:[-A-Za-z0-9{_LATIN}]++\.)++")
_TCO = regex.compile(r"https?://t\.co/([a-z0-9]++)", regex.IGNORECASE)
_MENTION = regex.compile(r"(?<![=/\w])(@[A-Za-z0-9_]++(?:[.-]++[A-Za-z0-9_]++)*+)@\w++(?:[.-]++\w++)*+")


def _links(text: str, *, bare: bool) -> Iterator[tuple[int, int]]:
    """Yield where each link starts and ends, in order; without a scheme only when `bare`."""
    used = position = 0  # the end of the last match, and of the last host looked at
    for _attempt in range(_MAX_HOSTS):
        host = _HOST.search(text, position)
        if not host:
            return
        start, position = host.span()
        scheme = _SCHEME.search(text, max(used, start - 9), start)
        if scheme and scheme.start() == used > 0:
            scheme = None  # nothing between it and the last match
        if start and not scheme and (start == used or _BEFORE.match(text, start - 1)):
            # "@kemlu.go.id": a domain may still start behind a dot, a hyphen or, as in Chinese, a letter.
            inner = _INNER_START.search(text, start + 1, position)
            start = inner.start() if inner else position
        domain_end, possible = _domain_end(text, start, position)
        if not domain_end:
            continue
        end, has_path = _tail(text, domain_end)
        used = position = end
        if not possible or end - start > _MAX_LINK or not _is_resolvable(text[start:domain_end]):
            continue
        if scheme:
            yield from _short_link(text, scheme.start(), end)
        elif bare and text[max(start - 1, 0)] not in "-_./":
            spans = list(_latin_domains(text, start, domain_end))
            yield from spans[:-1]
            yield from ((first, end if has_path else last) for first, last in spans[-1:])


def _domain_end(text: str, start: int, end: int) -> tuple[int, bool]:
    """Return where a domain in a host ends, 0 if there is none, and whether its name is one X accepts.

    It reaches to the last dot that a known top-level domain follows, as twitter-text's greedy match does. The
    label before that has no underscore; the others may have.
    """
    furthest = 0
    for dot, last in _top_levels(text, start, end):
        furthest = furthest or last
        if "_" not in text[max(start, text.rfind(".", start, dot) + 1) : dot]:
            return last, True
    return furthest, False


def _short_link(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the link with a scheme: of t.co only the slug and a query, and nothing when the slug is over 40 long."""
    short = _TCO.match(text, start, end)
    if not short:
        yield start, end
    elif len(short[1]) <= 40:
        yield start, _query_end(text, short.end())


def _top_levels(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield, from the last to the first, each dot that a top-level domain follows, and where that ends."""
    # The domain may reach beyond `end`, which is why this looks further, by the 63 octets of a label.
    before_end = takewhile(lambda match: match.start() < end, _TLD.finditer(text, start, end + 64))
    for match in reversed(list(before_end)):
        dot, last = match.span()
        if match[1]:
            if match[1].lower() in _TLDS:
                yield dot, last
        elif last > dot + 1:
            yield dot, last  # Punycode
        else:
            for tld in _OTHER_TLDS.get(text[last], ()):
                if text.startswith(tld, last) and not _GOES_ON.match(text, last + len(tld)):
                    yield dot, last + len(tld)
                    break


def _query_end(text: str, end: int) -> int:
    query = _QUERY.match(text, end)
    return end + len(query[0].rstrip(_QUERY_NOT_LAST)) if query else end


def _tail(text: str, domain_end: int) -> tuple[int, bool]:
    """Return where port, path and query after a domain end, and whether there is a path."""
    match = _PORT_PATH.match(text, domain_end)
    assert match is not None  # every part of it is optional
    path = match["path"]
    end = match.start("path") + len(path.rstrip(_PATH_NOT_LAST)) if path else match.end()
    return _query_end(text, end), bool(path)


def _is_resolvable(domain: str) -> bool:
    """Are all labels within the 63 octets of the DNS? Counted before encoding: Punycode takes quadratic time."""
    return all(
        len(label) <= 63 and (label.isascii() or len(label.encode("punycode")) <= 59) for label in domain.split(".")
    )


def _latin_domains(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a domain without a scheme that X links: those in Latin letters."""
    if _ASCII_DOMAIN.fullmatch(text, start, end):  # nearly always
        yield start, end
        return
    for labels in _LATIN_LABELS.finditer(text, start, end):
        for _dot, last in _top_levels(text, labels.start(), labels.end()):
            yield labels.start(), last
            break


def _shorten(text: str, *, bare: bool) -> str:
    """Return the text with each link replaced by 23 letters."""
    if "." not in text:
        return text
    pieces, done = [], 0
    for start, end in _links(text, bare=bare):
        pieces += [text[done:start], "x" * LINK_LENGTH]
        done = end
    return "".join([*pieces, text[done:]])


# --- Rules --------------------------------------------------------------------------------------


def _x(text: str) -> int:
    """Weighted characters: docs.x.com/fundamentals/counting-characters, twitter-text configuration 3."""
    text = _EMOJI.sub("\u4e00", _shorten(text, bare=True))  # any character of weight 2
    return len(text) + sum(len(heavy) for heavy in _HEAVY.findall(text))


def _threads(text: str) -> int:
    """Characters, each emoji as its UTF-8 bytes: developers.facebook.com, Threads API, Posts (April 2026)."""
    return len(text) + sum(_utf8(emoji[0]) - len(emoji[0]) for emoji in _EMOJI.finditer(text))


def _mastodon(text: str) -> int:
    """Graphemes, a link 23 and a remote mention without its server: mastodon, status_length_validator.rb."""
    return _graphemes(_MENTION.sub(r"\1", _shorten(text, bare=False)))


_DEFAULT = Rule(_graphemes, Unit.GRAPHEMES)
_CHARACTERS = Rule(len, Unit.CHARACTERS)
_UTF16 = Rule(_utf16, Unit.UTF16)

RULES: dict[str, Rule] = {
    "x": Rule(_x, Unit.WEIGHTED),
    "facebook": _DEFAULT,
    "instagram": _CHARACTERS,
    "linkedin": _CHARACTERS,
    "threads": Rule(_threads, Unit.CHARACTERS),
    "mastodon": Rule(_mastodon, Unit.CHARACTERS),
    "bluesky": _DEFAULT,
    "telegram": _UTF16,  # Bot API, "Formatting options": entities and limits are in UTF-16 code units
    "tiktok": _UTF16,  # Content Posting API, post_info.title: "in UTF-16 runes"
    "youtube": Rule(_utf8, Unit.BYTES),  # Data API, snippet.description: 5,000 bytes
}
"""How each network counts, by code; a network that is not here counts graphemes."""


def has_title(code: str) -> bool:
    """Does the network show a title of its own beside the text?"""
    return code in TITLE_MAX


def count(limits: Limits, text: str, title: str = "") -> Count:
    """Return how long the text is for its network, and in words what is too much: the very check that submitting uses.

    The text is normalised first, so that it counts as it will go out. An empty text is valid here; whether
    one is needed is not a question of counting. A text beyond MAX_TEXT code points is refused uncounted.
    """
    rule = RULES.get(limits.code, _DEFAULT)
    figures: dict[str, str | int] = {"network": limits.name, "unit": str(UNIT_NAMES[rule.unit])}
    if len(text) > MAX_TEXT:
        figures |= {"length": len(text), "limit": MAX_TEXT}
        error = _("Teks terdiri atas %(length)d karakter. Persingkat sampai %(limit)d karakter.") % figures
        return Count(len(text), limits.max_chars, rule.unit, False, (error,))

    text = normalise(text)
    length = rule.measure(text)
    too_long = _("Teks untuk %(network)s: %(length)d %(unit)s, paling banyak %(limit)d. Kurangi %(excess)d %(unit)s.")
    hashtags = _("Tagar untuk %(network)s: %(length)d, paling banyak %(limit)d. Hapus %(excess)d tagar.")
    checks = [
        (length, limits.max_chars, too_long),
        (len(_HASHTAG.findall(text)), limits.max_hashtags, hashtags),
    ]
    if limits.code == "bluesky":
        bytes_ = _("Teks untuk %(network)s: %(length)d bita, paling banyak %(limit)d. Kurangi emoji atau huruf.")
        checks.append((_utf8(text), BLUESKY_MAX_BYTES, bytes_))
    if has_title(limits.code):
        titles = _("Judul untuk %(network)s: %(length)d karakter, paling banyak %(limit)d. Kurangi %(excess)d.")
        checks.append((len(normalise(title[:MAX_TEXT])), TITLE_MAX[limits.code], titles))
    errors = tuple(
        message % {**figures, "length": value, "limit": limit, "excess": value - limit}
        for value, limit, message in checks
        if limit is not None and value > limit
    )
    return Count(length, limits.max_chars, rule.unit, not errors, errors)


def fits(limits: Limits, text: str) -> int:
    """Return how much of the normalised text its network takes, in UTF-16 units: where a page strikes the rest.

    The cut lies between two graphemes, and a link that counts as a whole is not cut. What is before it is within the
    limit, and one grapheme (or link) more is not. The whole length of a text that fits; of one beyond MAX_TEXT only
    what is before that is looked at.
    """
    text = normalise(text[:MAX_TEXT])
    rule = RULES.get(limits.code, _DEFAULT)

    def passes(end: int) -> bool:
        start = text[:end]
        too_long = limits.max_chars is not None and rule.measure(start) > limits.max_chars
        return too_long or (limits.code == "bluesky" and _utf8(start) > BLUESKY_MAX_BYTES)

    if not passes(len(text)):
        return _utf16(text)
    whole = _links(text, bare=limits.code == "x") if limits.code in ("x", "mastodon") else iter(())
    inside = {place for start, end in whole for place in range(start + 1, end)}
    ends = [0, *(match.end() for match in _GRAPHEME_OR_FLAG.finditer(text) if match.end() not in inside)]
    first = 512  # near the start of what is far too long
    while first < len(ends) and not passes(ends[first]):
        first *= 2
    return _utf16(text[: ends[bisect_left(ends, True, hi=min(first, len(ends)), key=passes) - 1]])


# --- Links of a network -------------------------------------------------------------------------


def compose_url(template: str, text: str) -> str | None:
    """Return the network's compose page with the text filled in; None without an https template or when too long."""
    if not template.startswith("https://"):
        return None
    url = template.replace("{text}", quote(normalise(text), safe=""))
    return url if len(url) <= MAX_COMPOSE_URL else None


def link_host_matches(hosts: Sequence[str], url: str) -> bool:
    """Is the URL an https one on one of the hosts or below it? Without hosts any http or https URL will do.

    Refused are credentials in it, and backslashes, spaces and control characters: browsers read another host there.
    """
    if regex.search(r"[\s\\\p{C}]", url):
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises ValueError for a bad port
    except ValueError:
        return False
    host = (parts.hostname or "").removesuffix(".")
    if not host or "@" in parts.netloc or parts.scheme not in ("http", "https"):
        return False
    return not hosts or (
        parts.scheme == "https" and any(host == known or host.endswith(f".{known}") for known in map(str.lower, hosts))
    )

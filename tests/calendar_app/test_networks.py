import unicodedata

import pytest
import regex
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.networks import (
    BLUESKY_MAX_BYTES,
    MAX_TEXT,
    RULES,
    Count,
    Limits,
    compose_url,
    count,
    fits,
    has_title,
    link_host_matches,
    normalise,
)

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
FLAG = "🇮🇩"
KEYCAP = "1\ufe0f\u20e3"
THUMB = "👍🏽"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
LIMITS = {"x": 280, "bluesky": 300, "threads": 500, "mastodon": 500, "youtube": 5000, "telegram": 4096, "tiktok": 2200}


def measured(code: str, text: str, title: str = "", max_hashtags: int | None = None) -> Count:
    with translation.override("id"):
        return count(Limits(code, code, LIMITS.get(code), max_hashtags), text, title)


def length(code: str, text: str) -> int:
    return measured(code, text).length


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("Halo, dunia", 11),
        ("日本語", 6),
        ("안녕", 4),
        ("\u1100\u1161", 2),  # composed by NFC to one syllable
        ("नमस्ते", 6),
        ("ไทย", 3),
        ("مرحبا", 5),
        ("cafe\u0301", 4),
        ("café", 4),
        ("“kutipan” – ‘satu’", 18),
        ("a…", 3),  # U+2026 is outside the light ranges
        ("€5", 3),
        ("\u10ff", 1),
        ("\u1100", 2),
        ("\u200d\u2010\u201f\u2032\u2037", 5),
        ("\u200e", 2),
        ("baris\r\nbaris", 11),
        ("baris\rbaris", 11),
        ("😀", 2),
        (FAMILY, 2),
        (FLAG, 2),
        (FLAG + "🇯🇵", 4),
        (KEYCAP, 2),
        (THUMB, 2),
        (SCOTLAND, 2),
        ("❤\ufe0f", 2),
        ("❤", 2),
        ("©", 1),
        ("©\ufe0f", 2),
        ("™", 2),
        ("𝒳", 2),
    ],
)
def test_x_weighs_characters_as_twitter_text_does(text: str, expected: int) -> None:
    assert length("x", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://kemlu.go.id", 23),
        ("HTTPS://KEMLU.GO.ID", 23),
        ("http://a.id", 23),
        ("https://kemlu.go.id/" + "a" * 300, 23),
        ("https://kemlu.go.id:8443/tokyo?lang=id&x=1#atas", 23),
        ("https://kemlu.go.id/a_(b)", 23),
        ("(https://kemlu.go.id/a)", 25),
        ("https://kemlu.go.id.", 24),
        ("https://kemlu.go.id/berita, lalu", 29),
        ("https://kemlu.go.id/berita?", 24),
        ("https://kemlu.go.id/日", 25),
        ("https://t.co/abcDEF123", 23),
        ("https://t.co/abc-def", 27),
        ("https://t.co/" + "a" * 41, 54),
        ("https://日本語.jp/", 23),
        ("https://bücher.de", 23),
        ("https://xn--bcher-kva.de", 23),
        ("https://почта.рф", 23),
        ("https://" + "a" * 64 + ".id", 75),  # a label of the DNS has at most 63 octets
        ("https://localhost/", 18),
        ("https://192.168.0.1/", 20),
        ("https://foo_bar.id", 18),
        ("https://foo_bar.go.id", 23),
        ("ftp://kemlu.go.id", 17),  # what follows a slash is no bare domain
    ],
)
def test_x_counts_a_link_as_23(text: str, expected: int) -> None:
    assert length("x", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kemlu.go.id", 23),
        ("Lihat kemlu.go.id.", 6 + 23 + 1),
        ("kemlu.go.id/tokyo/", 23),
        ("kemlu.go.id:80", 26),
        ("kemlu.go.id?a=b", 27),
        ("kemlu.go.id, x.com", 48),
        ("kemlu.go.id.tidakada", 32),
        ("selesai.Lalu", 12),
        ("v1.2.3", 6),
        ("berkas.txt", 10),
        ("日本語kemlu.go.id", 29),
        ("kemlu.go.id日本語", 29),
        ("nama@kemlu.go.id", 16),
        ("jo.in@gmail.com", 15),
        ("@kemlu", 6),
        ("@kemlu.id", 9),
        ("#kemlu.id", 9),
        ("$kemlu.id", 9),
        ("-kemlu.id", 9),
        ("kemlu.id@x", 10),
        ("kemlu..id", 9),
        ("U.S.A.", 6),
    ],
)
def test_x_links_a_bare_domain_only_where_twitter_text_does(text: str, expected: int) -> None:
    assert length("x", text) == expected


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("bluesky", FAMILY + FLAG + KEYCAP + THUMB + SCOTLAND, 5),
        ("bluesky", "🇮🇩🇯🇵🇸", 3),
        ("bluesky", "cafe\u0301", 4),
        ("bluesky", "x\u0323\u0301", 1),
        ("bluesky", "a\r\nb", 3),
        ("bluesky", "https://kemlu.go.id", 19),
        ("threads", "Halo", 4),
        ("threads", "日本", 2),
        ("threads", "😀", 4),
        ("threads", FLAG, 8),
        ("threads", FAMILY, 25),
        ("threads", THUMB, 8),
        ("threads", "a" + KEYCAP, 8),
        ("telegram", "a😀日", 4),
        ("telegram", FAMILY, 11),
        ("tiktok", FLAG, 4),
        ("youtube", "é日😀", 9),
        ("mastodon", "https://kemlu.go.id/" + "a" * 300, 23),
        ("mastodon", "kemlu.go.id", 11),
        ("mastodon", "@kemlu@mastodon.social", 6),
        ("mastodon", "Salam @kemlu.ri@sosial.example.id, ya", 6 + 9 + 4),
        ("mastodon", "nama@kemlu.go.id", 16),
        ("mastodon", FAMILY, 1),
        ("instagram", FAMILY, 7),
        ("linkedin", "日😀", 2),
        ("facebook", FAMILY, 1),
        ("website", FAMILY, 1),
        ("jaringan-baru", FAMILY, 1),
    ],
)
def test_each_network_counts_its_own_way(code: str, text: str, expected: int) -> None:
    assert length(code, text) == expected


@pytest.mark.parametrize(
    ("code", "piece", "times"),
    [("x", "a", 280), ("x", "日", 140), ("bluesky", "a", 300), ("threads", "a", 500), ("youtube", "é", 2500)],
)
def test_the_limit_itself_is_valid_and_one_more_is_not(code: str, piece: str, times: int) -> None:
    fits, too_long = measured(code, piece * times), measured(code, piece * times + "a")
    assert (fits.length, fits.valid, fits.errors) == (LIMITS[code], True, ())
    assert (too_long.length, too_long.valid, len(too_long.errors)) == (LIMITS[code] + 1, False, 1)


def test_an_error_names_the_network_the_figures_and_what_to_do() -> None:
    found = measured("x", "a" * 285)
    assert found.errors == ("Teks untuk x: 285 satuan, paling banyak 280. Kurangi 5 satuan.",)
    assert (found.limit, found.unit, found.unit_name) == (280, "weighted", "satuan")


def test_empty_text_is_valid_and_has_no_length() -> None:
    for code in [*RULES, "website"]:
        assert measured(code, "") == Count(0, LIMITS.get(code), measured(code, "").unit, True, ())


def test_a_network_without_a_limit_accepts_any_length() -> None:
    assert measured("website", "a" * MAX_TEXT).valid


def test_bluesky_also_limits_bytes() -> None:
    found = measured("bluesky", FAMILY * 121)
    assert found.length == 121
    assert [str(BLUESKY_MAX_BYTES) in error for error in found.errors] == [True]
    assert measured("bluesky", FAMILY * 120).valid


def test_hashtags_are_counted_against_their_limit() -> None:
    text = "#satu #dua ＃三 #2026 # a#b https://a.id/#c &#38; #हिन्दी"
    assert measured("instagram", text, max_hashtags=4).valid
    assert "Hapus 1 tagar" in measured("instagram", text, max_hashtags=3).errors[0]


def test_only_networks_with_a_title_limit_it() -> None:
    assert [code for code in [*RULES, "website"] if has_title(code)] == ["youtube", "website"]
    assert measured("youtube", "isi", "j" * 100).valid
    assert "101" in measured("youtube", "isi", "j" * 101).errors[0]
    assert measured("website", "isi", "j" * 1000).valid
    assert measured("x", "isi", "j" * 1000).valid


def test_a_text_beyond_the_bound_is_refused_uncounted() -> None:
    assert measured("website", "a" * MAX_TEXT).length == MAX_TEXT
    refused = measured("website", "a" * (MAX_TEXT + 1))
    assert not refused.valid
    assert "100001" in refused.errors[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("a\x00b\x1bc\td", "abc\td"),
        ("cafe\u0301", "café"),
        (" a \n \t\u3000", " a"),
        ("\ufeffa\ud800b\uffff", "ab"),
        ("\u200fשלום", "\u200fשלום"),
        (FAMILY, FAMILY),
    ],
)
def test_normalise(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_normalise_sets_endless_combining_marks_apart() -> None:
    text = normalise("a" + "\u0301\u0323" * 1000)
    assert text == unicodedata.normalize("NFC", text)
    assert max(map(len, text.split("\u034f"))) <= 31
    assert text.count("\u0301") + text.count("\u0323") + 1 == 2000  # one made ạ, and none is lost


# Every one of these once took seconds, here or in a library. The suite would hang, not merely slow down.
@pytest.mark.parametrize("code", ["x", "mastodon", "threads", "bluesky", "youtube", "telegram", "instagram"])
@pytest.mark.parametrize(
    "piece",
    [
        "\u0301\u0323",
        "a.",
        "id.",
        "a_b.id.",
        "é.",
        "a.id ",
        "@a@a.",
        "a.id/(",
        "a.id?",
        "://a.id",
        "http://",
        "世.com",
        "a-",
        "🇮🇩",
        "🇮",
        "👨\u200d",
        "🏴\U000e0061",
        "#1",
        "#",
        "क्",
        "\u0600",
        "\ud800",
    ],
)
def test_hostile_texts_count_in_linear_time(code: str, piece: str) -> None:
    assert measured(code, (piece * MAX_TEXT)[:MAX_TEXT]).length >= 0


# Mixed on purpose: whole links, their fragments, and everything that breaks sequences.
pieces = st.sampled_from([*"aé世.@#/:?_-() \n\r\t\0", "id", "https://", "kemlu.go.id", FAMILY, FLAG, KEYCAP, "\u0301"])
texts = st.one_of(st.text(), st.text(st.characters()), st.lists(pieces).map("".join))


@given(texts)
def test_normalise_is_idempotent_and_nfc(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.text("".join(map(chr, range(128))).replace(".", "")))
def test_x_counts_ascii_without_dots_letter_by_letter(text: str) -> None:
    assert length("x", text) == len(normalise(text))


@given(st.sampled_from([*RULES, "website"]), texts)
def test_counting_never_fails_and_sees_the_text_that_goes_out(code: str, text: str) -> None:
    found = measured(code, text)
    assert found == measured(code, normalise(text))
    assert found.valid == (not found.errors)
    assert (found.length == 0) == (normalise(text) == "")


def test_compose_url_fills_the_text_in_quoted() -> None:
    template = "https://x.com/intent/post?text={text}"
    assert compose_url(template, "a & b\n#日 {x}") == (
        "https://x.com/intent/post?text=a%20%26%20b%0A%23%E6%97%A5%20%7Bx%7D"
    )
    assert compose_url(template, "a" * 1969) is not None
    assert compose_url(template, "a" * 1970) is None
    assert compose_url("", "a") is None
    assert compose_url("javascript:alert('{text}')", "a") is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.com/kemlu/status/1", True),
        ("https://www.X.com/kemlu", True),
        ("https://mobile.twitter.com:443/", True),
        ("https://x.com./", True),
        ("http://x.com/", False),
        ("https://ax.com/", False),
        ("https://x.com.evil.example/", False),
        ("https://evil.example/x.com", False),
        ("https://x.com@evil.example/", False),
        ("https://evil@x.com/", False),
        ("https://evil.example\\@x.com/", False),
        ("https://x.com:port/", False),
        ("https://[x.com/", False),
        ("https://x .com/", False),
        ("javascript:alert(1)//x.com", False),
        ("//x.com/", False),
        ("x.com", False),
        ("", False),
    ],
)
def test_a_link_must_be_on_a_host_of_the_network(url: str, expected: bool) -> None:
    assert link_host_matches(["x.com", "twitter.com"], url) is expected


def test_without_hosts_any_web_link_will_do() -> None:
    assert link_host_matches([], "https://mastodon.example/@kemlu/1")
    assert link_host_matches([], "http://a.example")
    assert not link_host_matches([], "ftp://a.example")
    assert not link_host_matches([], "mastodon.example")


# Where a text is cut -----------------------------------------------------------------------------


def kept(code: str, text: str) -> str:
    """What is before the cut."""
    units = fits(Limits(code, code, LIMITS.get(code), None), text)
    return normalise(text).encode("utf-16-le")[: units * 2].decode("utf-16-le")


@pytest.mark.parametrize(
    ("code", "text", "before"),
    [
        ("x", "a" * 280, "a" * 280),
        ("x", "a" * 281, "a" * 280),
        ("x", "日" * 141, "日" * 140),
        ("x", "م" * 279 + "رحبا", "م" * 279 + "ر"),
        ("x", "a" * 279 + FAMILY + "b", "a" * 279),  # no half a family
        ("x", "a" * 278 + FLAG + FLAG, "a" * 278 + FLAG),
        ("x", "a" * 260 + " https://example.go.id/kopi", "a" * 260 + " "),  # no half a link
        (
            "x",
            "https://example.go.id/" + "k" * 300 + " " + "a" * 300,
            "https://example.go.id/" + "k" * 300 + " " + "a" * 256,
        ),
        ("telegram", "a" * 4095 + "😀", "a" * 4095),
        ("youtube", "é" * 2501, "é" * 2500),
        ("bluesky", FLAG * 301, FLAG * 300),
        ("bluesky", FAMILY * 200, FAMILY * (BLUESKY_MAX_BYTES // len(FAMILY.encode()))),
        ("mastodon", "a" * 480 + " @kemlu@social.example.go.id", "a" * 480 + " @kemlu@social.example.go.id"),
        ("website", "a" * 5000, "a" * 5000),  # no limit is known
    ],
)
def test_the_cut_is_where_the_limit_is(code: str, text: str, before: str) -> None:
    assert kept(code, text) == before


@given(
    st.sampled_from(["x", "threads", "mastodon", "bluesky", "telegram"]),
    st.text(st.sampled_from(f"a é日م{FLAG}{FAMILY}"), min_size=1),
)
def test_what_is_before_the_cut_fits_and_no_more_does(code: str, part: str) -> None:
    text = normalise(part * (LIMITS[code] // len(part) + 1))
    before = kept(code, text)
    assert text.startswith(before)
    assert measured(code, before).valid
    if before != text:
        after = text[len(before) :]
        assert not measured(code, before + regex.match(r"\X", after)[0] + "|").valid
    else:
        assert measured(code, text).valid


def test_the_cut_of_a_nasty_text_is_found_in_no_time() -> None:
    for text in (FLAG * 50_000, "a.co " * 20_000, "\u0301" * MAX_TEXT, "a" * MAX_TEXT, FAMILY * 14_000):
        for code in ("x", "bluesky"):
            before = kept(code, text)
            assert len(before) < len(normalise(text))
            assert measured(code, before).valid

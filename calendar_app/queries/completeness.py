"""What a post still needs before it can be submitted (DESIGN §4): field by field, all at once."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from calendar_app.models import Post, Status, Variant

Missing = dict[str, list[str]]
# While somebody can still mend the text; a head corrects what waits for sign-off.
STILL_WRITTEN = (Status.DRAFT, Status.CHANGES_REQUESTED, Status.SIGNOFF)


def still_missing(post: Post, at: datetime) -> Missing:
    """What a page or an answer lists beside a post: `missing()` while it is still written, else nothing."""
    return missing(post, at) if post.status in STILL_WRITTEN else {}


def missing(post: Post, at: datetime) -> Missing:
    """Field (as in the API) → what is wrong, in the reader's language. Empty when the post can be submitted at `at`.

    The fields are purpose, audience, language, themes, variants, variants.<network> and scheduled_local.
    """
    found = missing_content(post)
    if post.scheduled_at is None:
        found["scheduled_local"] = [_("Pilih tanggal dan jam tayang.")]
    elif post.scheduled_at <= at:
        found["scheduled_local"] = [_("Waktunya sudah lewat. Pilih waktu yang akan datang.")]
    return found


def missing_content(post: Post) -> Missing:
    """Like `missing()`, without the time: what an urgent publication needs too."""
    revision = post.current_revision
    found: Missing = {}
    if revision is None or not revision.purpose:
        found["purpose"] = [_("Tulis untuk siapa dan untuk apa unggahan ini.")]
    if revision is None or revision.audience_id is None:
        found["audience"] = [_("Pilih khalayak.")]
    if revision is None or not revision.language:
        found["language"] = [_("Pilih bahasa naskah.")]
    themes = [row.theme for row in revision.themes.select_related("theme")] if revision else []
    if not any(theme.is_active for theme in themes):
        found["themes"] = [_("Pilih paling sedikit satu tema yang aktif.")]
    variants = list(revision.variants.select_related("network")) if revision else []
    if not variants:
        found["variants"] = [_("Pilih paling sedikit satu kanal.")]
    for variant in variants:
        problems = _problems(variant)
        if problems:
            found[f"variants.{variant.network.code}"] = problems
    return found


def _problems(variant: Variant) -> list[str]:
    """What keeps one text from going out; in the network's own way of counting."""
    network = variant.network
    if not network.is_active:
        return [_("%(network)s tidak lagi dipakai. Hapus kanal ini.") % {"network": network.name}]
    if not variant.text.strip():
        return [_("Naskah %(network)s masih kosong.") % {"network": network.name}]
    problems = list(variant.count.errors)
    if network.has_title and not variant.title:
        problems.append(_("%(network)s: tulis judulnya.") % {"network": network.name})
    return problems

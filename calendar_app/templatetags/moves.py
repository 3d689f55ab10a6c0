"""What moving needs on a post of the calendar: `{% move_hooks item %}` in its tag, `{% move_link item %}` inside."""

from __future__ import annotations

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from calendar_app.queries.items import Item

register = template.Library()


@register.simple_tag
def move_hooks(item: Item) -> SafeString | str:
    """Attributes for static/js/move*.js: which post, its time on this page, and whether it may be moved now."""
    if item.movable is None:
        return format_html(' data-post="{}"', item.id)
    return format_html(
        ' data-post="{}" data-version="{}" data-movable="{}" data-at="{}" data-zone="{}"',
        item.id,
        item.version,
        int(item.movable),
        item.local.strftime("%Y-%m-%dT%H:%M"),
        item.zone,
    )


@register.simple_tag
def move_link(item: Item) -> SafeString | str:
    """The way to the dialog without gesture or key; without scripts to the page. Nothing where the post stays."""
    if not item.movable:
        return ""
    address = reverse("post_move", args=[item.id])
    if item.local.utcoffset() != item.own.utcoffset():
        address = f"{address}?zone={item.zone}"
    return format_html(
        '<a class="mv-a" href="{}" data-move aria-label="{}" title="{}"><svg class="ico ico-sm" aria-hidden="true">'
        '<use href="#i-move"/></svg></a>',
        address,
        _("Pindahkan: %(title)s") % {"title": item.title or _("Tanpa judul")},
        _("Pindahkan"),
    )

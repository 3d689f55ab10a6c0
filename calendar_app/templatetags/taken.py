"""Who takes care of a post, on pages that list several."""

from __future__ import annotations

from django import template

from calendar_app.models import Acknowledgement
from calendar_app.queries.acknowledgements import Found

register = template.Library()


@register.filter
def of_post(taken: Found | str | None, pk: int) -> list[Acknowledgement]:
    """`{{ taken|of_post:post.pk }}`: who takes care of this post; nobody on pages that do not know."""
    return taken.get(pk, []) if isinstance(taken, dict) else []

"""What went out, channel by channel, as the mission confirmed it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from calendar_app.models.posts import Post
from calendar_app.models.revisions import Revision
from calendar_app.models.variants import Network


class PublicationQuerySet(models.QuerySet["Publication"]):
    def standing(self, post: Post) -> Self:
        """What counts for the post as it is now: every channel that is out, and those given up with this revision."""
        return self.filter(Q(published_at__isnull=False) | Q(revision=post.current_revision_id), post=post)


class Publication(models.Model):
    """One channel of a post: out (with a link, or without one), or given up with a reason."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="publications")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    url = models.URLField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True)
    given_up = models.CharField(max_length=500, blank=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    # it went out before a hold that covers the post was made, and was confirmed during the hold (rule 8)
    before_hold = models.BooleanField(default=False)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        ordering = ["network__order"]
        constraints = [
            models.UniqueConstraint(
                fields=["post", "network"], condition=Q(published_at__isnull=False), name="publication_out_once"
            ),
            # a channel that was given up is open again once the text has changed
            models.UniqueConstraint(fields=["post", "network", "revision"], name="publication_once_per_revision"),
            models.CheckConstraint(
                name="publication_out_or_given_up",
                condition=Q(published_at__isnull=False, given_up="")
                | (Q(published_at__isnull=True, url="") & ~Q(given_up="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.network_id}"

"""What a post says: immutable snapshots with a content hash."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from calendar_app.models.themes import Theme
from missions.models import Named


class Audience(Named):
    """Whom a post speaks to."""

    order = models.PositiveSmallIntegerField(_("urutan"), default=0)

    class Meta:
        verbose_name = _("khalayak")
        verbose_name_plural = _("khalayak")
        ordering = ["order"]


class Revision(models.Model):
    """A snapshot of a post's content. The database refuses to change it (`calendar_app/triggers.py`).

    Its content is its own fields, its themes (RevisionTheme) and its texts (Variant);
    `content_hash` is SHA-256 over all of them (`services/drafts.py: Content.hash`).
    """

    post = models.ForeignKey("Post", on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    title = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=500, blank=True)
    audience = models.ForeignKey(Audience, on_delete=models.PROTECT, null=True, related_name="+")
    # ISO 639-1 code, lower case
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="revision_number_once")]
        # four eyes: did this person write any revision of the post?
        indexes = [models.Index(fields=["post", "author"], name="revision_author")]

    def __str__(self) -> str:
        return f"{self.post_id} v{self.number}"

    @property
    def short_hash(self) -> str:
        return self.content_hash[:8]

    @property
    def ordered_themes(self) -> list[Theme]:
        """The proposed themes, first proposal first. Uses a prefetch of `themes__theme` when there is one."""
        return [row.theme for row in self.themes.all()]


class RevisionTheme(models.Model):
    """A theme that the mission proposes with a revision; the first one counts on the calendar until HQ decides."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="themes")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "theme"], name="revision_theme_once"),
            models.UniqueConstraint(fields=["revision", "position"], name="revision_theme_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.theme_id}"

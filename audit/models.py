"""Who did what, and when. Rows are written once, in the transaction of the change, and never again touched.

The database refuses UPDATE and DELETE on this table (`calendar_app/triggers.py`), so an entry outlives
whatever it speaks of: people and posts are named by id without a foreign key, and people by name too.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One thing that one person, or the clock, did to one object."""

    at = models.DateTimeField(_("waktu"))
    action = models.CharField(_("tindakan"), max_length=40)
    actor_id = models.BigIntegerField(_("pelaku (id)"), null=True)
    actor_name = models.CharField(_("pelaku"), max_length=200)
    object_kind = models.CharField(_("jenis objek"), max_length=20)
    object_id = models.BigIntegerField(_("objek (id)"))
    object_name = models.CharField(_("objek"), max_length=300)
    mission_id = models.BigIntegerField(_("perwakilan (id)"), null=True)
    # For posts: the version this entry led to, and the statuses before and after.
    version = models.IntegerField(_("nomor perubahan"), null=True)
    from_status = models.CharField(_("dari status"), max_length=20, blank=True)
    to_status = models.CharField(_("ke status"), max_length=20, blank=True)
    data = models.JSONField(_("rincian"), default=dict)
    request_id = models.CharField(_("permintaan"), max_length=36, blank=True)

    class Meta:
        verbose_name = _("catatan audit")
        verbose_name_plural = _("jejak audit")
        ordering = ["-id"]
        constraints = [
            # A change of a post has exactly one entry; the post's trigger demands that it is there.
            models.UniqueConstraint(
                fields=["object_id", "version"],
                condition=models.Q(object_kind="post", version__isnull=False),
                name="audit_one_entry_per_post_version",
            ),
        ]
        indexes = [
            # history of one object, newest first
            models.Index(fields=["object_kind", "object_id", "-id"], name="audit_of_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action} {self.object_name}"

"""Somebody has said that they take care of it, so nobody else has to be asked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from calendar_app.models.posts import Post


class Acknowledgement(models.Model):
    """A person takes care of publishing a post at the time it has in this schedule version. It ends the escalation
    of that time, and nothing else: what is not published in the end is still reported."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="acknowledgements")
    schedule_version = models.PositiveIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    # by which way's notice: in_app, email or push
    way = models.CharField(max_length=10)

    class Meta:
        verbose_name = _("tanggapan")
        verbose_name_plural = _("tanggapan")
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(fields=["post", "schedule_version", "person"], name="acknowledgement_once")
        ]

    def __str__(self) -> str:
        return f"{self.post_id} {self.schedule_version}: {self.person_id}"

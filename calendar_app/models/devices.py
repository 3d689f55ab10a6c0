"""Browsers that a person lets notices be pushed to (Web Push)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Device(models.Model):
    """One subscription of one browser. Its keys encrypt what is sent, so that the push service cannot read it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="devices")
    # where the browser's vendor takes messages for it, and the host of that address
    endpoint = models.CharField(max_length=1000, unique=True)
    host = models.CharField(max_length=253)
    p256dh = models.CharField(max_length=120)
    auth = models.CharField(max_length=60)
    # "Firefox, Windows": what tells devices apart on the profile
    name = models.CharField(_("nama"), max_length=80)
    created_at = models.DateTimeField()
    last_sent_at = models.DateTimeField(null=True)
    # the person took it away, or the push service knows it no more
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("perangkat")
        verbose_name_plural = _("perangkat")
        ordering = ["-created_at"]
        indexes = [
            # the devices of those who are being told (`services/echoes.py`)
            models.Index(fields=["person"], name="device_live", condition=models.Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.name

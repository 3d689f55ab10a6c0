"""Chat bridges: addresses outside that are told what a mission, or headquarters, is told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from missions.models import Mission, Person


class Webhook(models.Model):
    """An address that gets signed messages. The key of its signature is derived from the installation's secret and
    `salt` (`services/couriers/webhook.py`), so that a copy of the database does not hold it."""

    name = models.CharField(_("nama"), max_length=80)
    url = models.CharField(_("alamat"), max_length=500)
    # what concerns this mission; empty: what headquarters is told, of all missions
    mission = models.ForeignKey(
        Mission, on_delete=models.PROTECT, null=True, blank=True, related_name="webhooks", verbose_name=_("perwakilan")
    )
    kinds = models.JSONField(_("jenis pengingat"), default=list)
    language = models.CharField(_("bahasa"), max_length=2, choices=Person.Language.choices, default="id")
    salt = models.CharField(max_length=40)
    is_active = models.BooleanField(_("aktif"), default=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        verbose_name = _("jembatan obrolan")
        verbose_name_plural = _("jembatan obrolan")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

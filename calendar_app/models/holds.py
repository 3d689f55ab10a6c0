"""Holds: nothing in the scope goes out until the hold is lifted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from calendar_app.models.themes import Theme
from missions.models import Mission, Region


class Hold(models.Model):
    class Scope(models.TextChoices):
        ALL = "all", _("semua perwakilan")
        REGION = "region", _("kawasan")
        MISSION = "mission", _("perwakilan")
        THEME = "theme", _("tema")

    scope = models.CharField(_("cakupan"), max_length=10, choices=Scope.choices)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    mission = models.ForeignKey(Mission, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    theme = models.ForeignKey(Theme, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("alasan"), max_length=500)
    stops_urgent = models.BooleanField(_("juga menahan tayang mendesak"), default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("penahanan")
        verbose_name_plural = _("penahanan")
        ordering = ["-made_at"]
        constraints = [
            models.CheckConstraint(
                name="hold_scope_names_its_object",
                condition=Q(scope="all", region__isnull=True, mission__isnull=True, theme__isnull=True)
                | Q(scope="region", region__isnull=False, mission__isnull=True, theme__isnull=True)
                | Q(scope="mission", region__isnull=True, mission__isnull=False, theme__isnull=True)
                | Q(scope="theme", region__isnull=True, mission__isnull=True, theme__isnull=False),
            ),
            models.CheckConstraint(name="hold_has_reason", condition=~Q(reason="")),
        ]
        # the holds in force are read with every page and every claim
        indexes = [models.Index(fields=["made_at"], name="hold_in_force", condition=Q(lifted_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.scope_name}: {self.reason}"

    @property
    def target(self) -> Region | Mission | Theme | None:
        return self.region or self.mission or self.theme

    @property
    def scope_name(self) -> str:
        """What it covers, in the reader's language."""
        return str(self.target) if self.target else str(self.get_scope_display())

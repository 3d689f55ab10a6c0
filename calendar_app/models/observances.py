"""National days and other days worth a post."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Observance(models.Model):
    """A day of the year. `date` is MM-DD, every year; loaded from a file and edited by the administrator."""

    class Kind(models.TextChoices):
        NATIONAL_HOLIDAY = "national-holiday", _("hari libur nasional")
        NATIONAL_DAY = "national-day", _("hari nasional")
        OBSERVANCE = "observance", _("hari peringatan")
        INTERNATIONAL_DAY = "international-day", _("hari internasional")
        DIPLOMATIC = "diplomatic-anniversary", _("peringatan diplomatik")

    date = models.CharField(_("tanggal (bulan-hari)"), max_length=5)
    name_id = models.CharField(_("nama"), max_length=200)
    name_en = models.CharField(_("nama Inggris"), max_length=200)
    kind = models.CharField(_("jenis"), max_length=30, choices=Kind.choices)
    # codes of themes
    suggested_theme = models.JSONField(_("tema yang disarankan"), default=list, blank=True)
    loaded_values = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("hari peringatan")
        verbose_name_plural = _("hari peringatan")
        ordering = ["date", "name_id"]
        constraints = [models.UniqueConstraint(fields=["date", "name_id"], name="observance_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name_id

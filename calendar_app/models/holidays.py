"""Public holidays of the countries where there are missions, and of Indonesia."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Holiday(models.Model):
    """A day on which a whole country is off. Loaded from the library `holidays` (`services/holidays.py`).

    Where a country has two holidays on one day, the names stand side by side. `name_id` and `name_en` are empty where
    nobody has that translation.
    """

    country = models.CharField(_("kode negara"), max_length=2)
    date = models.DateField(_("tanggal"))
    name_local = models.CharField(_("nama setempat"), max_length=300)
    name_id = models.CharField(_("nama"), max_length=300, blank=True)
    name_en = models.CharField(_("nama Inggris"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("hari libur")
        verbose_name_plural = _("hari libur")
        ordering = ["date", "country"]
        # by day first: a week of all missions asks for all countries
        constraints = [models.UniqueConstraint(fields=["date", "country"], name="holiday_once")]

    def __str__(self) -> str:
        return f"{self.country} {self.name}"

    @property
    def name(self) -> str:
        """In the reader's language as far as it is known."""
        if (get_language() or "").startswith("en"):
            return self.name_en or self.name_local
        return self.name_id or self.name_en or self.name_local

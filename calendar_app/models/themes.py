"""The tree of national-interest themes, two levels, kept by headquarters."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from missions.models import Named


class Theme(Named):
    class Letter(models.TextChoices):
        """The six branches, each with its fixed letter and place in every bar."""

        EKONOMI = "E", _("Ekonomi")
        PELINDUNGAN = "P", _("Pelindungan")
        KEDAULATAN = "K", _("Kedaulatan")
        KEPEMIMPINAN = "G", _("Kepemimpinan")
        PUBLIK = "D", _("Publik")
        LAYANAN = "L", _("Layanan")

    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("cabang")
    )
    letter = models.CharField(_("huruf"), max_length=1, choices=Letter.choices)
    crisis = models.BooleanField(_("krisis"), default=False, help_text=_("Boleh dipakai untuk tayang mendesak."))
    description_id = models.TextField(_("uraian"), blank=True)
    description_en = models.TextField(_("uraian Inggris"), blank=True)
    sample_keywords_id = models.JSONField(_("contoh kata kunci"), default=list, blank=True)
    sample_keywords_en = models.JSONField(_("contoh kata kunci Inggris"), default=list, blank=True)
    guidance = models.TextField(_("panduan"), blank=True)
    hashtags = models.JSONField(_("tagar"), default=list, blank=True)
    key_messages = models.JSONField(_("pesan kunci"), default=list, blank=True)
    is_active = models.BooleanField(_("aktif"), default=True)
    order = models.PositiveSmallIntegerField(_("urutan"), default=0)

    class Meta:
        verbose_name = _("tema")
        verbose_name_plural = _("tema")
        ordering = ["order"]

    def clean(self) -> None:
        super().clean()
        if self.parent and (self.parent.parent_id or self.parent == self):
            raise ValidationError({"parent": _("Pohon tema hanya dua tingkat: pilih sebuah cabang.")})

    @property
    def description(self) -> str:
        """What the theme is for, in the reader's language."""
        return self.description_en if (get_language() or "").startswith("en") else self.description_id

    @property
    def sample_keywords(self) -> list[str]:
        """Words that posts of this theme use, in the reader's language."""
        english = (get_language() or "").startswith("en")
        return list(self.sample_keywords_en if english else self.sample_keywords_id)

    @property
    def wording(self) -> dict[str, str]:
        """The words of the theme as they stand now, kept with a decision."""
        return {
            "code": self.code,
            "name_id": self.name_id,
            "name_en": self.name_en,
            "description_id": self.description_id,
            "description_en": self.description_en,
        }

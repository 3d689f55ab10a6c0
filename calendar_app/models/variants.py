"""Networks, and what a post says on each of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from calendar_app import networks


class Network(models.Model):
    """A social network (or the ministry's website) with its limits: data, edited by the administrator.

    How each one counts is code: `calendar_app/networks.py`. Field names are those of `networks.csv`.
    """

    code = models.SlugField(_("kode"), max_length=30, unique=True)
    name = models.CharField(_("nama"), max_length=80)
    max_chars = models.PositiveIntegerField(_("batas panjang"), null=True, blank=True)
    counting_rule = models.TextField(_("cara menghitung"), blank=True)
    max_hashtags = models.PositiveIntegerField(_("batas tagar"), null=True, blank=True)
    max_images = models.PositiveIntegerField(_("batas gambar"), null=True, blank=True)
    image_formats = models.JSONField(_("format gambar"), default=list, blank=True)
    max_image_mb = models.PositiveIntegerField(_("batas gambar (MB)"), null=True, blank=True)
    max_video_seconds = models.PositiveIntegerField(_("batas video (detik)"), null=True, blank=True)
    max_video_mb = models.PositiveIntegerField(_("batas video (MB)"), null=True, blank=True)
    aspect_ratios = models.CharField(_("bentuk gambar"), max_length=200, blank=True)
    alt_text_supported = models.BooleanField(_("teks alternatif"), null=True, blank=True)
    link_in_caption_clickable = models.BooleanField(_("tautan dapat diketuk"), null=True, blank=True)
    hosts = models.JSONField(_("alamat situs"), default=list, blank=True)
    compose_url = models.CharField(_("alamat untuk menulis"), max_length=200, blank=True)
    checked_on = models.DateField(_("diperiksa pada"))
    source_note = models.TextField(_("sumber"), blank=True)
    is_active = models.BooleanField(_("aktif"), default=True)
    order = models.PositiveSmallIntegerField(_("urutan"), default=0)
    loaded_values = models.JSONField(default=dict, editable=False)

    class Meta:
        verbose_name = _("jejaring")
        verbose_name_plural = _("jejaring")
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name

    @property
    def has_title(self) -> bool:
        """Does a post there carry a title of its own?"""
        return networks.has_title(self.code)

    @property
    def limits(self) -> networks.Limits:
        return networks.Limits(code=self.code, name=self.name, max_chars=self.max_chars, max_hashtags=self.max_hashtags)


class Variant(models.Model):
    """The text of one revision for one network. As unchangeable as its revision."""

    revision = models.ForeignKey("Revision", on_delete=models.PROTECT, related_name="variants")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["network__order"]
        constraints = [models.UniqueConstraint(fields=["revision", "network"], name="variant_once_per_network")]

    def __str__(self) -> str:
        return f"{self.network_id}: {self.text[:40]}"

    @property
    def count(self) -> networks.Count:
        """Its length as the network counts it, and what is wrong with it."""
        return networks.count(self.network.limits, self.text, self.title)

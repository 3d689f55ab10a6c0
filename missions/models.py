"""Who: regions, missions, people and what they may do."""

from __future__ import annotations

import unicodedata
import zoneinfo
from functools import cache
from typing import Any, ClassVar

from babel import Locale
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


@cache
def known_zones() -> frozenset[str]:
    """The IANA time zones that stand for a place, and UTC; not the bare offsets and the machine's own entries."""
    return frozenset(
        zone
        for zone in zoneinfo.available_timezones()
        if zone == "UTC" or ("/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    )


def country_name(code: str, otherwise: str) -> str:
    """The country with this ISO code in the reader's language as Unicode's CLDR calls it, else `otherwise`."""
    language = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    return str(Locale.parse(language).territories.get(code, otherwise))


def check_zone(value: str) -> None:
    """Refuse what is not an IANA time zone."""
    if value not in known_zones():
        raise ValidationError(_("“%(value)s” bukan zona waktu IANA, misalnya Asia/Tokyo."), params={"value": value})


class Named(models.Model):
    """Something with a name in both languages, loaded from a file and edited by the administrator.

    `loaded_values` keeps what the file said last, so that loading again changes only what nobody else changed.
    """

    code = models.SlugField(_("kode"), max_length=60, unique=True)
    name_id = models.CharField(_("nama"), max_length=200)
    name_en = models.CharField(_("nama Inggris"), max_length=200)
    loaded_values = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_id


class Region(Named):
    order = models.PositiveSmallIntegerField(_("urutan"), default=0)

    class Meta:
        verbose_name = _("kawasan")
        verbose_name_plural = _("kawasan")
        ordering = ["order"]


class Mission(Named):
    """One of Indonesia's 133 missions abroad."""

    class Kind(models.TextChoices):
        KBRI = "KBRI", "KBRI"
        KJRI = "KJRI", "KJRI"
        KRI = "KRI", "KRI"
        PTRI = "PTRI", "PTRI"

    class Status(models.TextChoices):
        ACTIVE = "active", _("aktif")
        LIMITED = "limited", _("terbatas")
        RELOCATED = "relocated", _("dipindahkan")
        PREPARING = "preparing", _("persiapan")
        DORMANT = "dormant", _("nonaktif sementara")

    # These get no reminders and are no gap on the calendar (DESIGN §5).
    SILENT = (Status.PREPARING, Status.DORMANT)

    kind = models.CharField(_("jenis"), max_length=4, choices=Kind.choices)
    city = models.CharField(_("kota"), max_length=100)
    country = models.CharField(_("negara"), max_length=100)
    country_iso2 = models.CharField(_("kode negara"), max_length=2)
    timezone = models.CharField(_("zona waktu"), max_length=50, validators=[check_zone])
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="missions", verbose_name=_("kawasan"))
    # ISO language codes; ISO weekdays (1 is Monday); ISO country codes
    local_languages = models.JSONField(_("bahasa setempat"), default=list, blank=True)
    weekend = models.JSONField(_("akhir pekan"), default=list, blank=True)
    concurrent_accreditation = models.JSONField(_("negara rangkapan"), default=list, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)
    note = models.TextField(_("catatan"), blank=True)
    needs_signoff = models.BooleanField(
        _("perlu paraf Kepala Perwakilan"),
        default=False,
        help_text=_("Unggahan diparaf Kepala Perwakilan sebelum ditinjau Pusat. Perlu paling sedikit satu kepala."),
    )

    class Meta:
        verbose_name = _("perwakilan")
        verbose_name_plural = _("perwakilan")
        ordering = ["code"]

    @property
    def name(self) -> str:
        """As people call it: "KBRI Wina", in English "KBRI Vienna". The name in full is `name_en`."""
        return f"{self.kind} {self.city}" if (get_language() or "").startswith("en") else self.name_id

    @property
    def country_name(self) -> str:
        """The country in the reader's language, else as it was entered."""
        return country_name(self.country_iso2, self.country)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    @property
    def is_silent(self) -> bool:
        return self.status in self.SILENT


UNSEEN, JOINERS = {"Cc", "Cf", "Cs"}, "\u200c\u200d"


def plain_name(text: str) -> str:
    """A name as one line: white space folded, and without characters that nobody sees but that break lines or turn
    the words around them (U+202E and its like). Joiners stay: Persian and Indian names are written with them."""
    kept = (c for c in text if c.isspace() or c in JOINERS or unicodedata.category(c) not in UNSEEN)
    return " ".join("".join(kept).split())


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, name: str, password: str | None = None, **fields: Any) -> Person:
        """Make a person who signs in by e-mail; without a password they can only reset it."""
        person = self.model(email=email.strip().lower(), name=plain_name(name), **fields)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """Somebody who signs in. People are deactivated, never deleted: what they did keeps their name."""

    class Language(models.TextChoices):
        INDONESIAN = "id", "Bahasa Indonesia"
        ENGLISH = "en", "English"

    class Appearance(models.TextChoices):
        AUTO = "auto", _("mengikuti perangkat")
        LIGHT = "light", _("terang")
        DARK = "dark", _("gelap")

    email = models.EmailField(_("surel"), unique=True)
    name = models.CharField(_("nama"), max_length=120)
    language = models.CharField(_("bahasa"), max_length=2, choices=Language.choices, default=Language.INDONESIAN)
    timezone = models.CharField(_("zona waktu"), max_length=50, blank=True, validators=[check_zone])
    appearance = models.CharField(_("tampilan"), max_length=5, choices=Appearance.choices, default=Appearance.AUTO)
    # Keys without Ctrl or Alt that do something; who dictates or types by switch turns them off (WCAG 2.1.4).
    single_keys = models.BooleanField(_("pintasan satu tombol"), default=True)
    is_active = models.BooleanField(_("aktif"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    date_joined = models.DateTimeField(_("ditambahkan"), auto_now_add=True)
    # Kinds of reminder this person wants neither by e-mail nor on a device; in-app notices always come.
    muted_kinds = models.JSONField(default=list, blank=True, editable=False)
    # In the person's own zone, perhaps over midnight; both or neither. What is not urgent waits for its end.
    quiet_from = models.TimeField(_("tenang mulai"), null=True, blank=True)
    quiet_until = models.TimeField(_("tenang sampai"), null=True, blank=True)
    # The weekend and the holidays of the host country are quiet as well.
    quiet_days_off = models.BooleanField(_("tenang pada hari libur"), default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name = _("orang")
        verbose_name_plural = _("orang")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="person_email_any_case"),
            models.CheckConstraint(
                name="person_quiet_has_two_ends",
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()
        given, self.name = self.name, plain_name(self.name)
        if given and not self.name:
            raise ValidationError({"name": models.Field.default_error_messages["blank"]})

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Role(models.TextChoices):
    DRAFTER = "drafter", _("penyusun")
    HEAD = "head", _("kepala perwakilan")
    EDITOR = "editor", _("peninjau")
    MANAGER = "manager", _("pimpinan")
    ADMIN = "admin", _("administrator")


MISSION_ROLES = (Role.DRAFTER, Role.HEAD)
HQ_ROLES = (Role.EDITOR, Role.MANAGER, Role.ADMIN)


class Membership(models.Model):
    """One role of one person, in a mission or (mission empty) at headquarters."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("orang"))
    mission = models.ForeignKey(
        Mission,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("perwakilan"),
        help_text=_("Kosong untuk kantor pusat."),
    )
    role = models.CharField(_("peran"), max_length=10, choices=Role.choices)
    on_duty = models.BooleanField(
        _("piket"),
        default=False,
        help_text=_("Petugas piket di kantor pusat: dihubungi bila tak seorang pun menanggapi pengingat tayang."),
    )

    class Meta:
        verbose_name = _("hak akses")
        verbose_name_plural = _("hak akses")
        constraints = [
            models.CheckConstraint(
                name="membership_role_fits_place",
                condition=models.Q(mission__isnull=False, role__in=MISSION_ROLES)
                | models.Q(mission__isnull=True, role__in=HQ_ROLES),
                violation_error_message=_(
                    "Penyusun dan kepala perlu perwakilan; peninjau, pimpinan, dan administrator tidak."
                ),
            ),
            models.CheckConstraint(
                name="membership_duty_is_at_hq",
                condition=models.Q(on_duty=False) | models.Q(mission__isnull=True),
                violation_error_message=_("Hanya orang di kantor pusat yang dapat bertugas piket."),
            ),
            models.UniqueConstraint(fields=["person", "mission", "role"], name="membership_once"),
            models.UniqueConstraint(
                fields=["person", "role"], condition=models.Q(mission__isnull=True), name="membership_once_at_hq"
            ),
        ]

    def __str__(self) -> str:
        place = str(self.mission) if self.mission else str(_("Kantor pusat"))
        return f"{self.person}: {self.get_role_display()}, {place}"


class Absence(models.Model):
    """Days on which a person is away. What must be done meanwhile is also said to the deputy, who has a role in a
    mission of theirs (or at headquarters, like them); the person's own mails and pushes wait in the product instead."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="absences", verbose_name=_("orang"))
    deputy = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="deputising", verbose_name=_("pengganti")
    )
    # midnight in the person's zone, as an instant; `ends_at` is the midnight after the last day
    starts_at = models.DateTimeField(_("mulai"))
    ends_at = models.DateTimeField(_("sampai"))
    # entered by mistake, or back early: kept, like everything that was said
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("ketidakhadiran")
        verbose_name_plural = _("ketidakhadiran")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="absence_ends_after_it_starts", condition=models.Q(ends_at__gt=models.F("starts_at"))
            ),
            models.CheckConstraint(
                name="absence_deputy_is_another",
                condition=models.Q(deputy__isnull=True) | ~models.Q(deputy=models.F("person")),
            ),
        ]
        # who is away at this instant: asked for each reminder that is made or sent
        indexes = [models.Index(fields=["person", "ends_at"], name="absence_of_person")]

    def __str__(self) -> str:
        return f"{self.person}: {self.starts_at:%Y-%m-%d}–{self.ends_at:%Y-%m-%d}"


class ApiToken(models.Model):
    """A bearer token of one person. Only its SHA-256 is kept; `hint` is the start of it, to tell tokens apart."""

    class Scope(models.TextChoices):
        READ = "read", _("baca")
        WRITE = "write", _("baca dan tulis")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("nama"), max_length=80)
    hint = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scope = models.CharField(_("cakupan"), max_length=5, choices=Scope.choices, default=Scope.READ)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("berlaku sampai"))
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("token")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

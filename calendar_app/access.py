"""The only doors to posts and what hangs on them: not yours is 404, too low a role is 403."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from calendar_app import workflow
from calendar_app.models import (
    Audience,
    Device,
    Hold,
    Network,
    Notification,
    Observance,
    Post,
    Reminder,
    Theme,
    Way,
    Webhook,
)
from missions.access import require
from missions.models import Person, Region
from missions.roles import Permission, can, grants, is_hq


def posts_for(person: Person) -> QuerySet[Post]:
    """The posts this person may read: all for headquarters, else those of their missions."""
    if is_hq(person):
        return Post.objects.all()
    return Post.objects.filter(mission_id__in=list(grants(person).by_mission))


def post_for(person: Person, pk: int, permission: Permission = Permission.VIEW_POST) -> Post:
    """One post with its mission and current content. Raises Http404 when it is not theirs, PermissionDenied when the
    role is too low."""
    related = ("mission__region", "current_revision__audience", "current_revision__author", "theme", "created_by")
    try:
        post = posts_for(person).select_related(*related).get(pk=pk)
    except (Post.DoesNotExist, OverflowError):
        raise Http404(_("Unggahan ini tidak ada, atau bukan milik perwakilan Anda.")) from None
    require(person, permission, post.mission_id)
    return post


def post_for_action(person: Person, pk: int, action: workflow.Action) -> Post:
    """One post for somebody whose role can do this action to it in some status. Raises Http404 and PermissionDenied.

    Whether it is possible now is for the service to say, and it says it as a conflict.
    """
    post = post_for(person, pk)
    needed = {row.permission for row in workflow.TRANSITIONS if row.action == action and row.permission}
    if not any(can(person, permission, post.mission_id) for permission in needed):
        # any of them has the reason
        require(person, min(needed), post.mission_id)
    return post


def require_reader_of_reviews(person: Person) -> None:
    """Headquarters reads the queue and its posts, editors decide. Raises PermissionDenied for everybody else."""
    if not is_hq(person):
        require(person, Permission.REVIEW)


def reviewed_post_for(person: Person, pk: int) -> Post:
    """A post that is or was in review, for headquarters to read. Raises Http404 and PermissionDenied."""
    post = post_for(person, pk)
    require_reader_of_reviews(person)
    if not post.reviews.exists():
        raise Http404(_("Unggahan ini belum pernah ditinjau."))
    return post


def themes() -> QuerySet[Theme]:
    """All themes with their branch; everybody signed in may read them."""
    return Theme.objects.select_related("parent")


def theme(code: str) -> Theme:
    """One theme by its code. Raises Http404."""
    try:
        return themes().get(code=code)
    except Theme.DoesNotExist:
        raise Http404(_("Tema “%(code)s” tidak ada.") % {"code": code}) from None


def networks() -> QuerySet[Network]:
    """All networks; everybody signed in may read them."""
    return Network.objects.all()


def network(code: str) -> Network:
    """One network by its code. Raises Http404."""
    try:
        return networks().get(code=code)
    except Network.DoesNotExist:
        raise Http404(_("Jejaring “%(code)s” tidak ada.") % {"code": code}) from None


def audiences() -> QuerySet[Audience]:
    """All audiences; everybody signed in may read them."""
    return Audience.objects.all()


def observances() -> QuerySet[Observance]:
    """All days worth a post; everybody signed in may read them."""
    return Observance.objects.all()


def holds_for(person: Person) -> QuerySet[Hold]:
    """The holds, lifted ones too, that headquarters or the person's missions are concerned with."""
    holds = Hold.objects.select_related("region", "mission", "theme", "made_by", "lifted_by")
    if is_hq(person):
        return holds
    missions = list(grants(person).by_mission)
    everywhere = Q(scope__in=(Hold.Scope.ALL, Hold.Scope.THEME)) if missions else Q(pk__in=[])
    regions = Region.objects.filter(missions__in=missions).order_by().values("pk")
    return holds.filter(everywhere | Q(mission__in=missions) | Q(region__in=regions))


def hold_for(person: Person, pk: int) -> Hold:
    """A hold that the person may lift. Raises Http404 and PermissionDenied."""
    require(person, Permission.MANAGE_HOLDS)
    try:
        return Hold.objects.select_related("region", "mission", "theme").get(pk=pk)
    except (Hold.DoesNotExist, OverflowError):
        raise Http404(_("Penahanan ini tidak ada.")) from None


def notifications_for(person: Person) -> QuerySet[Notification]:
    """The person's own notices, newest first; not those of posts that they may no longer read."""
    mine = Notification.objects.filter(recipient=person).select_related("post__mission")
    if is_hq(person):
        return mine
    return mine.filter(Q(post=None) | Q(post__mission_id__in=list(grants(person).by_mission)))


def notification_for(person: Person, pk: int) -> Notification:
    """One of the person's own notices. Raises Http404."""
    try:
        return notifications_for(person).get(pk=pk)
    except (Notification.DoesNotExist, OverflowError):
        raise Http404(_("Pemberitahuan ini tidak ada.")) from None


def reminders_for(person: Person) -> QuerySet[Reminder]:
    """The reminders of the posts that the person may read, and their own."""
    if is_hq(person):
        return Reminder.objects.all()
    mine = Reminder.objects.filter(post__mission_id__in=list(grants(person).by_mission))
    return mine | Reminder.objects.filter(recipient=person)


def device_for(person: Person, pk: int) -> Device:
    """One of the person's own devices. Raises Http404."""
    try:
        return Device.objects.get(person=person, pk=pk)
    except (Device.DoesNotExist, OverflowError):
        raise Http404(_("Perangkat ini tidak ada.")) from None


def webhook_for(person: Person, pk: int) -> Webhook:
    """A chat bridge, for those who look after them. Raises Http404 and PermissionDenied."""
    require(person, Permission.ADMINISTER)
    try:
        return Webhook.objects.select_related("mission", "made_by").get(pk=pk)
    except (Webhook.DoesNotExist, OverflowError):
        raise Http404(_("Jembatan obrolan ini tidak ada.")) from None


def call_for(person: Person, pk: int) -> Reminder:
    """One message to a chat bridge, with all that it speaks of. Raises Http404 and PermissionDenied."""
    require(person, Permission.ADMINISTER)
    related = ("post__mission", "mission", "webhook__mission", "recipient", "stands_in_for")
    try:
        return Reminder.objects.filter(way=Way.WEBHOOK).select_related(*related).get(pk=pk)
    except (Reminder.DoesNotExist, OverflowError):
        raise Http404(_("Pesan ini tidak ada.")) from None

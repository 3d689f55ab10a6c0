"""The week ahead: on Monday at 08:00, in each mission's own time, its people are told what is planned and where the
gaps are; managers are told of all missions at 08:00 in Jakarta."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from calendar_app.models import TO_PEOPLE, Kind, Reminder, State
from calendar_app.services.rows import write
from missions.models import MISSION_ROLES, Membership, Mission, Person, Role

MONDAY, AT = 1, time(8)
# So long before it is due a row is made, so that it can be seen coming; and how long it is of use.
AHEAD, LASTS = timedelta(hours=26), timedelta(days=1)


def prepare(*, at: datetime) -> int:
    """Write the rows of the Mondays that begin within the next day. Returns how many were new.

    The zone is part of the identity: when a mission's zone is edited, the row of the old zone is void
    (`queries/reminders.py`) and one of the new zone is made, unless this Monday's has been sent.
    """
    awake = Mission.objects.exclude(status__in=Mission.SILENT)
    near = {mission: due for mission in awake if (due := _near(mission.timezone, at))}
    rows = _for_missions(near)
    headquarters = _near(settings.HQ_TIMEZONE, at)
    if headquarters:
        rows += _for_managers(*headquarters)
    if not rows:
        return 0
    known = set(Reminder.objects.filter(identity__in=[row.identity for row in rows]).values_list("identity", flat=True))
    new = [row for row in rows if row.identity not in known and not _was_told(row)]
    write(new)
    return len(new)


def _near(zone_name: str, at: datetime) -> tuple[date, datetime] | None:
    """The Monday in that zone whose 08:00 lies within the next hours, or the last ones, with its instant."""
    zone = zoneinfo.ZoneInfo(zone_name)
    today = at.astimezone(zone).date()
    monday = today + timedelta(days=(MONDAY - today.isoweekday()) % 7)
    for day in (monday, monday + timedelta(days=7)):
        due_at = datetime.combine(day, AT, zone).astimezone(UTC)
        # also one that fell into an outage: late, it is still of use, and says that it is late
        if at - LASTS < due_at <= at + AHEAD:
            return day, due_at
    return None


def _for_missions(near: dict[Mission, tuple[date, datetime]]) -> list[Reminder]:
    if not near:
        return []
    members = Membership.objects.filter(mission__in=near, role__in=MISSION_ROLES, person__is_active=True)
    people = {(row.person, row.mission) for row in members.select_related("person", "mission") if row.mission}
    return [
        row
        for person, mission in sorted(people, key=lambda pair: (pair[1].pk, pair[0].pk))
        for row in _rows(person, mission, mission.timezone, *near[mission])
    ]


def _for_managers(monday: date, due_at: datetime) -> list[Reminder]:
    members = Membership.objects.filter(mission=None, role=Role.MANAGER, person__is_active=True)
    people = [row.person for row in members.select_related("person").order_by("person_id")]
    return [row for person in people for row in _rows(person, None, settings.HQ_TIMEZONE, monday, due_at)]


def _rows(person: Person, mission: Mission | None, zone: str, monday: date, due_at: datetime) -> list[Reminder]:
    subject = f"m{mission.pk}" if mission else "all"
    return [
        Reminder(
            identity=f"{Kind.WEEK_AHEAD}:{subject}:{monday:%Y%m%d}:{zone}:{person.pk}:{way}",
            kind=Kind.WEEK_AHEAD,
            way=way,
            mission=mission,
            recipient=person,
            occasion=int(f"{monday:%Y%m%d}"),
            due_at=due_at,
            valid_until=due_at + LASTS,
            data={"monday": monday.isoformat(), "timezone": zone},
        )
        for way in TO_PEOPLE
    ]


def _was_told(row: Reminder) -> bool:
    """This Monday's was sent to the person already, in another zone."""
    same = Reminder.objects.filter(kind=row.kind, recipient_id=row.recipient_id, way=row.way, occasion=row.occasion)
    return same.filter(mission=row.mission, state=State.SENT).exists()

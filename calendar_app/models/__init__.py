"""What and when: the nouns of the calendar, one file each."""

from calendar_app.models.acknowledgements import Acknowledgement
from calendar_app.models.deliveries import Breaker, Delivery, Slot
from calendar_app.models.devices import Device
from calendar_app.models.holds import Hold
from calendar_app.models.holidays import Holiday
from calendar_app.models.notifications import Notification
from calendar_app.models.observances import Observance
from calendar_app.models.posts import ENDED, GIVEN_UP, NOT_OUT, Post, Status
from calendar_app.models.publications import Publication
from calendar_app.models.reminders import TO_PEOPLE, WAITING, Kind, Reminder, State, Way
from calendar_app.models.reviews import Alignment, Decision, DecisionTheme, Outcome, Review
from calendar_app.models.revisions import Audience, Revision, RevisionTheme
from calendar_app.models.themes import Theme
from calendar_app.models.variants import Network, Variant
from calendar_app.models.watch import Alarm, Heartbeat, Pause
from calendar_app.models.webhooks import Webhook

__all__ = [
    "ENDED",
    "GIVEN_UP",
    "NOT_OUT",
    "TO_PEOPLE",
    "WAITING",
    "Acknowledgement",
    "Alarm",
    "Alignment",
    "Audience",
    "Breaker",
    "Decision",
    "DecisionTheme",
    "Delivery",
    "Device",
    "Heartbeat",
    "Hold",
    "Holiday",
    "Kind",
    "Network",
    "Notification",
    "Observance",
    "Outcome",
    "Pause",
    "Post",
    "Publication",
    "Reminder",
    "Review",
    "Revision",
    "RevisionTheme",
    "Slot",
    "State",
    "Status",
    "Theme",
    "Variant",
    "Way",
    "Webhook",
]

"""What and when: the nouns of the calendar, one file each."""

from calendar_app.models.holds import Hold
from calendar_app.models.holidays import Holiday
from calendar_app.models.notifications import Notification
from calendar_app.models.observances import Observance
from calendar_app.models.posts import ENDED, GIVEN_UP, NOT_OUT, Post, Status
from calendar_app.models.publications import Publication
from calendar_app.models.reminders import Kind, Reminder, State, Way
from calendar_app.models.reviews import Alignment, Decision, DecisionTheme, Outcome, Review
from calendar_app.models.revisions import Audience, Revision, RevisionTheme
from calendar_app.models.themes import Theme
from calendar_app.models.variants import Network, Variant

__all__ = [
    "ENDED",
    "GIVEN_UP",
    "NOT_OUT",
    "Alignment",
    "Audience",
    "Decision",
    "DecisionTheme",
    "Hold",
    "Holiday",
    "Kind",
    "Network",
    "Notification",
    "Observance",
    "Outcome",
    "Post",
    "Publication",
    "Reminder",
    "Review",
    "Revision",
    "RevisionTheme",
    "State",
    "Status",
    "Theme",
    "Variant",
    "Way",
]

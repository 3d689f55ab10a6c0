"""What posts repeat agrees with its source, and the check sees it when it does not."""

from django.db import connection

from calendar_app.models import Status
from calendar_app.queries import consistency
from calendar_app.services import drafts, publishing
from tests.cast import NOW, Cast, post_in


def test_nothing_is_found_after_ordinary_work(cast: Cast) -> None:
    for status in Status:
        post_in(status, cast)
    post = post_in(Status.APPROVED, cast)
    drafts.save(post=post, by=cast.drafter_tokyo, version=post.version, at=NOW, data={"themes": ["publik-budaya"]})
    urgent = post_in(Status.DRAFT, cast)
    publishing.publish_urgent(
        post=urgent,
        by=cast.head_tokyo,
        version=1,
        at=NOW,
        theme="pelindungan-krisis",
        reason="Gempa kuat, WNI perlu tahu.",
        channels=[{"network": "x"}, {"network": "instagram"}],
    )
    assert list(consistency.faults()) == []


def test_a_copied_column_that_strays_is_found(cast: Cast) -> None:
    post = post_in(Status.DRAFT, cast)
    with connection.cursor() as cursor:
        # title and language are guarded by the database itself
        cursor.execute("UPDATE calendar_app_post SET theme_id = NULL WHERE id = %s", [post.pk])
    assert len(list(consistency.faults())) == 1

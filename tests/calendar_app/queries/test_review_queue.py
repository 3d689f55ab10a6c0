"""What waits for headquarters, read while others decide."""

from typing import Any

import pytest
from django.db import connection

from calendar_app.models import Review, Status
from tests.cast import NOW, Cast, post_in


class Colleague:
    """Closes every open round right after the list of posts was read."""

    has_decided = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not self.has_decided and sql.startswith("SELECT") and "LIMIT" in sql and '"review_due_at"' in sql:
            self.has_decided = True
            Review.objects.filter(closed_at=None).update(closed_at=NOW)
        return result


@pytest.mark.parametrize("url", ["/review/", "/", "/api/v1/review-queue/"])
def test_a_decision_while_the_queue_is_read_breaks_nothing(url: str, cast: Cast, frozen: None, sign_in: Any) -> None:
    post = post_in(Status.IN_REVIEW, cast)
    client = sign_in(cast.editor)
    colleague = Colleague()
    with connection.execute_wrapper(colleague):
        response = client.get(url)
    assert colleague.has_decided
    assert response.status_code == 200
    assert post.title in response.content.decode()

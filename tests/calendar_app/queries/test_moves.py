"""What a list says of moving agrees with what the service lets through."""

import pytest

from calendar_app.models import Status
from calendar_app.queries.moves import Mover
from calendar_app.services import moves
from tests.cast import NOW, Cast, post_in


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("who", ["drafter_tokyo", "head_tokyo", "drafter_jeddah", "editor", "manager", "admin"])
def test_lists_and_service_agree_who_may_move_what(cast: Cast, status: Status, who: str) -> None:
    person, post = getattr(cast, who), post_in(status, cast)
    said = Mover(person).may_move(post.mission_id, post.status)
    assert (said is None) == (who not in ("drafter_tokyo", "head_tokyo"))
    assert bool(said) == (moves.obstacle(post, person, NOW) is None)

"""The one way to write an audit entry."""

from contextvars import ContextVar
from datetime import datetime
from typing import Any

from audit.models import Entry

# The request that is being answered; set by config.middleware.RequestIdMiddleware.
request_id: ContextVar[str] = ContextVar("request_id", default="")


def record(
    *,
    at: datetime,
    action: str,
    actor: Any | None,
    kind: str,
    object_id: int,
    name: str,
    mission_id: int | None = None,
    version: int | None = None,
    from_status: str = "",
    to_status: str = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """Write what `actor` (None: the clock) did and return the entry. Call it in the change's transaction."""
    return Entry.objects.create(
        at=at,
        action=action,
        actor_id=actor.pk if actor else None,
        actor_name=str(actor) if actor else "Selaras",
        object_kind=kind,
        object_id=object_id,
        object_name=name[:300],
        mission_id=mission_id,
        version=version,
        from_status=from_status,
        to_status=to_status,
        data=data or {},
        request_id=request_id.get(),
    )

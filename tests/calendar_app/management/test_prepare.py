import pytest
from django.core.management import call_command
from django.db import connection

from calendar_app import triggers
from calendar_app.management.commands import prepare


@pytest.mark.parametrize("fault", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_migration_that_breaks_off_leaves_the_triggers(
    db: None, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    def broken(*args: object, **options: object) -> None:
        triggers.drop()
        raise fault

    monkeypatch.setattr(prepare, "call_command", broken)
    with pytest.raises(fault):
        call_command("prepare")
    assert triggers.installed() == triggers.expected(connection.vendor)

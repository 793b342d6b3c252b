"""Settings from an environment, and opening a desk."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from estimate_core.desk import DEFAULT_HOME, Settings, open_desk
from estimate_core.domain.errors import BadInput
from estimate_core.storage.database import rows


def test_an_empty_environment_gives_the_defaults() -> None:
    assert Settings.from_environment({"ESTIMATE_HOME": " ", "ESTIMATE_WORKER": ""}) == Settings()
    assert Settings().home == DEFAULT_HOME


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(
        {
            "ESTIMATE_HOME": "desk",
            "ESTIMATE_WORKER": "External",
            "ESTIMATE_MAX_UPLOAD_MB": "40",
            "ESTIMATE_READ_SECONDS": " 600 ",
            "ESTIMATE_URL": " https://estimates.example.org/desk/ ",
            "ESTIMATE_NOTIFY_PRIVATE": "Yes",
            "PATH": "/bin",
        }
    )

    assert settings == Settings(
        home=Path("desk"),
        worker="external",
        max_upload_mb=40,
        read_seconds=600,
        url="https://estimates.example.org/desk",
        notify_private=True,
    )
    assert settings.database_path == Path("desk/app.db")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESTIMATE_WORKER", "sometimes"),
        ("ESTIMATE_MAX_UPLOAD_MB", "many"),
        ("ESTIMATE_MAX_UPLOAD_MB", "0"),
        ("ESTIMATE_MAX_UPLOAD_MB", "2.5"),
        ("ESTIMATE_MAX_UPLOAD_MB", "1001"),
        ("ESTIMATE_READ_SECONDS", "soon"),
        ("ESTIMATE_READ_SECONDS", "4"),
        ("ESTIMATE_READ_SECONDS", "3601"),
        ("ESTIMATE_WORKERS", "0"),
        ("ESTIMATE_JOB_SECONDS", "9"),
        ("ESTIMATE_JOBS_PER_USER", "-1"),
        ("ESTIMATE_JOBS_PER_HOUR", "all"),
        ("ESTIMATE_STORAGE_MB", "1e9"),
        ("ESTIMATE_KEEP_DAYS", "0"),
        ("ESTIMATE_URL", "estimates.example.org"),
        ("ESTIMATE_URL", "ftp://example.org"),
        ("ESTIMATE_URL", "https://"),
        ("ESTIMATE_URL", "https://example.org/#there"),
        ("ESTIMATE_NOTIFY_PRIVATE", "true"),
        ("ESTIMATE_NOTIFY_PRIVATE", "1"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"{name} is .{value}"):
        Settings.from_environment({name: value})


def test_a_desk_opens_in_a_new_folder_and_again_in_the_same(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")

    for _ in range(2):
        desk = open_desk(settings, print, lambda: datetime(2026, 4, 1, tzinfo=UTC))

    with desk.open_db() as db:
        assert rows(db, "SELECT * FROM jobs") == []

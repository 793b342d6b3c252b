"""Opening a desk: its folder, its databases, its key."""

from pathlib import Path

from estimate_core.desk import open_desk
from estimate_core.settings import Settings
from estimate_core.storage.database import rows
from estimate_core.wiring import utc_now


def test_a_desk_opens_in_a_new_folder_and_again_in_the_same(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")

    for _ in range(2):
        desk = open_desk(settings, print, utc_now)

    with desk.open_db() as db:
        assert rows(db, "SELECT * FROM jobs") == []

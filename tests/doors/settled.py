"""A desk where two organisations have one of each thing and everybody has an account, and what there is of each."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from estimate_core.desk import Desk
from estimate_core.domain.people import LOCAL
from estimate_core.services import estimates, people
from estimate_core.storage.database import rows
from tests.conftest import STRANGER, Clock
from tests.doors.things import Things, is_shown
from tests.doors.visitors import Visitor, find_account, settle_all
from tests.furnished import Built, Staffed, build_staffed_home, open_copy
from tests.people import sign_in_again
from tests.pigeon import Pigeon

State = Mapping[str, list[dict[str, object]]]
_PASSING = {"sessions": ("seen", "address"), "tokens": ("used", "used_from")}
"""What tells when somebody was there, which may be told of whoever is refused."""


@dataclass(frozen=True)
class Settled:
    """A home, who may come to its doors, and the things of the two organisations: `home` is the one asked for."""

    built: Built
    visitors: Mapping[str, Visitor]
    home: Things
    abroad: Things

    def seen_by(self, who: str) -> tuple[Things, Things]:
        """A visitor's own things, and the foreign ones."""
        is_at_home = self.visitors[who].user.organisation == self.home.user.organisation
        return (self.home, self.abroad) if is_at_home else (self.abroad, self.home)


@dataclass(frozen=True)
class Place:
    """A copy of that home, and the ids of jobs for which its worker was rung."""

    desk: Desk
    rung: list[str]

    def state(self) -> State:
        """All that is kept, sent and asked for here, but for when somebody was seen."""
        with self.desk.open_db() as db:
            tables = [
                row["name"]
                for row in rows(db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
            ]
            kept = {table: _without(_PASSING.get(table, ()), rows(db, f"SELECT * FROM {table}")) for table in tables}
        assert isinstance(self.desk.post, Pigeon)
        sent: list[dict[str, object]] = [{"letter": letter} for letter in self.desk.post.letters]
        files: list[dict[str, object]] = [{"path": path} for path in sorted(self.desk.files.folder.rglob("*"))]
        return {**kept, "tries": [], "rung": [{"job": job} for job in self.rung], "sent": sent, "files": files}

    def restore(self, settled: Settled) -> None:
        """Have the database as it was in the beginning, for whoever else has it open too."""
        beginning = sqlite3.connect(settled.built.home / self.desk.settings.database_path.name)
        with closing(beginning), closing(sqlite3.connect(self.desk.settings.database_path)) as now:
            beginning.backup(now)

    def state_of(self, things: Things) -> State:
        """What of all that is an organisation's."""
        return {
            table: [row for row in kept if is_shown(things, repr(list(row.values())))]
            for table, kept in self.state().items()
        }


def settle(folder: Path) -> Settled:
    """Furnish a home in an empty folder, and have everybody settle there who may come."""
    built = build_staffed_home(folder / "built")
    (folder / "settled").mkdir()
    desk = open_copy(built, folder / "settled", Clock())
    home, abroad = (_complete(desk, built.organisations[user.organisation]) for user in (LOCAL, STRANGER))
    return Settled(replace(built, home=desk.settings.home), settle_all(desk, home, abroad), home, abroad)


def _complete(desk: Desk, staffed: Staffed) -> Things:
    estimates.open_estimate(desk, staffed.user, staffed.estimate)
    people.rename_organisation(desk, staffed.user, f"Office {staffed.mark}")
    another = sign_in_again(desk, find_account(desk, staffed.user)).user.session
    return Things(**vars(staffed), session=another, office=staffed.organisation)


def open_place(settled: Settled, folder: Path) -> Place:
    """A copy of the home in a new folder of that name."""
    folder.mkdir()
    rung: list[str] = []
    return Place(open_copy(settled.built, folder, Clock(), rung.append), rung)


def _without(columns: tuple[str, ...], kept: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{column: value for column, value in row.items() if column not in columns} for row in kept]

"""Connections, transactions, migrations and times."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from estimate_core.storage import database
from estimate_core.storage.database import (
    connected,
    find_row,
    migrate,
    open_database,
    read_time,
    rows,
    time_text,
    writing,
)


def test_a_connection_has_wal_foreign_keys_and_patience(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        pragmas = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }

    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_connection_is_closed_after_its_block(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        pass

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        db.execute("SELECT 1")


def test_a_file_that_is_no_database_is_refused_and_not_kept_open(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    path.write_bytes(b"these are the words of a letter" * 100)

    with pytest.raises(sqlite3.DatabaseError):
        open_database(path)

    path.unlink()


def test_every_table_is_there_after_migrating_twice(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        migrate(db)
        migrate(db)

        tables = set(db.table_names())

    expected = {
        "organisations",
        "users",
        "schedules",
        "estimates",
        "estimate_states",
        "jobs",
        "outputs",
        "workers",
        "profiles",
        "offices",
    }
    assert expected <= tables


def test_a_database_of_the_first_version_opens_with_what_it_holds(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        with writing(db):
            database.migrations.apply(db, stop_before="reading_as_a_job")
        db.execute("INSERT INTO organisations (id, name) VALUES ('a', 'A')")
        db.execute(
            "INSERT INTO schedules (id, organisation, category, edition, filename, content_hash, items, errors, "
            "warnings, notes, created, created_by) VALUES ('s', 'a', 'Civil', '2025', 'x', 'aa', 3, 0, 0, 0, '', 'a')"
        )
        db.execute(
            "INSERT INTO jobs (id, organisation, user, type, estimate, schedule, created) VALUES "
            "('j', 'a', 'a', 'generate_output_excel', 'e', 's', '')"
        )

        migrate(db)

        [schedule], [job] = rows(db, "SELECT * FROM schedules"), rows(db, "SELECT * FROM jobs")
    assert (schedule["id"], schedule["items"], schedule["groups"], schedule["format"]) == ("s", 3, 0, 0)
    assert (job["id"], job["content_hash"], job["dismissed"]) == ("j", "", None)


def test_when_people_were_seen_before_it_was_kept_is_taken_from_what_tells_it(tmp_path: Path) -> None:
    early, late = "2026-04-01T09:30:00.000000+00:00", "2026-04-02T09:30:00.000000+00:00"
    with connected(tmp_path / "app.db") as db:
        with writing(db):
            database.migrations.apply(db, stop_before="last_seen")
        db.execute("INSERT INTO organisations (id, name) VALUES ('a', 'A')")
        for name in ("by session", "by token", "by log", "never"):
            db.execute("INSERT INTO accounts (id, email, name, created) VALUES (?, ?, ?, '')", (name, name, name))
            db.execute("INSERT INTO users (id, organisation, name, account) VALUES (?, 'a', '', ?)", (name, name))
        db.execute(
            "INSERT INTO sessions (id, secret_hash, account, user, way, address, browser, created, seen) "
            "VALUES ('s', '', 'by session', 'by session', '', '', '', '', ?)",
            (late,),
        )
        db.execute(
            "INSERT INTO tokens (id, organisation, user, name, scope, secret_hash, created, expires, used) "
            "VALUES ('t', 'a', 'by token', '', 'read', '', '', '', ?)",
            (late,),
        )
        for at in (early, late):
            db.execute(
                "INSERT INTO audit (organisation, at, user, name, deed, kind, object, label, way, address) "
                "VALUES ('a', ?, 'by log', '', 'signed in', 'session', '', '', '', '')",
                (at,),
            )

        migrate(db)

        seen = {row["id"]: row["seen"] for row in rows(db, "SELECT id, seen FROM users")}
    assert seen == {"by session": late, "by token": late, "by log": late, "never": None}


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    def start(_: int) -> int:
        with connected(tmp_path / "app.db") as db:
            migrate(db)
            return len(rows(db, "SELECT * FROM _sqlite_migrations"))

    with ThreadPoolExecutor(12) as pool:
        applied = list(pool.map(start, range(36)))

    with connected(tmp_path / "new.db") as new:
        assert set(applied) == {len(database.migrations.pending(new))}


def test_a_row_of_an_unknown_organisation_is_refused(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        migrate(db)

        with pytest.raises(sqlite3.IntegrityError):
            db.execute("INSERT INTO users (id, organisation, name) VALUES ('a', 'nowhere', 'A')")

        assert rows(db, "SELECT * FROM users") == []


def test_what_was_written_before_an_error_is_rolled_back(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        migrate(db)

        with pytest.raises(RuntimeError), writing(db):
            db.execute("INSERT INTO organisations (id, name) VALUES ('a', 'A')")
            raise RuntimeError

        assert find_row(db, "SELECT * FROM organisations") is None


def test_the_connection_can_write_again_after_a_rollback(tmp_path: Path) -> None:
    with connected(tmp_path / "app.db") as db:
        migrate(db)
        with pytest.raises(RuntimeError), writing(db):
            raise RuntimeError

        with writing(db):
            db.execute("INSERT INTO organisations (id, name) VALUES ('a', 'A')")

        assert find_row(db, "SELECT id FROM organisations") == {"id": "a"}


def test_concurrent_read_modify_writes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with connected(path) as db:
        db.execute("CREATE TABLE counter (n INTEGER)")
        db.execute("INSERT INTO counter VALUES (0)")

    def count_up(_: int) -> None:
        with connected(path) as db, writing(db):
            number = rows(db, "SELECT n FROM counter")[0]["n"]
            db.execute("UPDATE counter SET n = ?", (number + 1,))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_up, range(120)))

    with connected(path) as db:
        assert find_row(db, "SELECT n FROM counter") == {"n": 120}


def test_times_come_back_in_utc_and_their_texts_sort_as_they_do() -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    on_the_second = datetime(2026, 4, 1, 9, 0, 0, tzinfo=UTC)
    later = datetime(2026, 4, 1, 14, 30, 0, 250_000, tzinfo=india)

    texts = [time_text(later), time_text(on_the_second)]

    assert sorted(texts) == [time_text(on_the_second), time_text(later)]
    assert read_time(texts[0]) == later
    assert read_time(texts[0]).utcoffset() == timedelta(0)

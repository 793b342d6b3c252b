"""The rows of schedules: one per content and organisation, and never another organisation's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NotFound
from estimate_core.storage import library
from estimate_core.storage.library import NewSchedule

NEW = NewSchedule(
    id="s1",
    category="Electrical",
    edition="2025-26",
    filename="rates.xlsx",
    content_hash="aa",
    items=3,
    errors=1,
    warnings=2,
    notes=0,
    is_sample=False,
    created=datetime(2026, 4, 1, tzinfo=UTC),
    created_by="local",
)


def test_a_schedule_is_found_by_id_and_by_content(desk: Desk) -> None:
    with desk.open_db() as db:
        added = library.add_schedule(db, "local", NEW)

        assert library.get_schedule(db, "local", "s1") == added
        assert library.find_by_content(db, "local", "aa") == added
    assert (added["category"], added["items"], added["creator"]) == ("Electrical", 3, "local")


def test_absent_and_foreign_schedules_look_the_same(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)

        with pytest.raises(NotFound) as absent:
            library.get_schedule(db, "elsewhere", "no-such-id")
        with pytest.raises(NotFound) as foreign:
            library.get_schedule(db, "elsewhere", "s1")

        assert library.find_by_content(db, "elsewhere", "aa") is None
        assert library.list_schedules(db, "elsewhere") == []
    assert str(absent.value) == str(foreign.value)


def test_the_same_content_twice_keeps_the_first_row(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)

        again = library.add_schedule(db, "local", replace(NEW, id="s2", category="Civil"))

        assert (again["id"], again["category"]) == ("s1", "Electrical")
        assert len(library.list_schedules(db, "local")) == 1


def test_two_organisations_may_have_the_same_content(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)

        other = library.add_schedule(db, "elsewhere", replace(NEW, id="s2"))

    assert (other["id"], other["organisation"]) == ("s2", "elsewhere")


def test_samples_are_listed_first_and_uploads_newest_first(desk: Desk) -> None:
    later = [NEW.created + timedelta(days=days) for days in range(4)]
    with desk.open_db() as db:
        for number, (is_sample, day) in enumerate([(False, 0), (True, 1), (True, 2), (False, 3)]):
            new = replace(NEW, id=f"s{number}", content_hash=f"a{number}", is_sample=is_sample, created=later[day])
            library.add_schedule(db, "local", new)

        listed = [row["id"] for row in library.list_schedules(db, "local")]

    assert listed == ["s1", "s2", "s3", "s0"]


def test_a_retired_schedule_is_not_listed_but_still_there_and_comes_back_with_its_content(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)
        db.execute("UPDATE schedules SET retired = created")

        listed_while_retired = library.list_schedules(db, "local")
        kept = library.get_schedule(db, "local", "s1")
        library.add_schedule(db, "local", replace(NEW, id="s2"))

        assert (listed_while_retired, kept["id"]) == ([], "s1")
        assert [row["id"] for row in library.list_schedules(db, "local")] == ["s1"]

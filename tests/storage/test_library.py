"""The rows of schedules: one per content and organisation, and never another organisation's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NotFound
from estimate_core.storage import library
from estimate_core.storage.database import time_text
from estimate_core.storage.library import NewSchedule

NEW = NewSchedule(
    id="s1",
    category="Electrical",
    edition="2025-26",
    filename="rates.xlsx",
    content_hash="aa",
    items=3,
    groups=2,
    errors=1,
    warnings=2,
    notes=0,
    format=3,
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


def test_a_retired_schedule_is_still_there_and_listed_apart_until_it_is_restored(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)

        library.set_retired(db, "local", "s1", NEW.created)
        library.set_retired(db, "local", "s1", NEW.created + timedelta(days=1))
        listed_while_retired = library.list_schedules(db, "local")
        [kept] = library.list_schedules(db, "local", retired=True)
        library.set_retired(db, "local", "s1", None)

        assert (listed_while_retired, kept["id"], kept["retired"]) == ([], "s1", time_text(NEW.created))
        assert [row["id"] for row in library.list_schedules(db, "local")] == ["s1"]
        assert library.list_schedules(db, "local", retired=True) == []


def test_another_organisation_cannot_retire_a_schedule(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)

        library.set_retired(db, "elsewhere", "s1", NEW.created)
        library.set_format(db, "elsewhere", "s1", 99)

        row = library.get_schedule(db, "local", "s1")
    assert (row["retired"], row["format"]) == (None, 3)


def test_what_is_read_anew_renews_the_counts_and_neither_the_labels_nor_the_retirement(desk: Desk) -> None:
    with desk.open_db() as db:
        library.add_schedule(db, "local", NEW)
        library.set_retired(db, "local", "s1", NEW.created)

        row = library.add_schedule(db, "local", replace(NEW, id="s2", category="Civil", items=7, groups=4, format=4))

    assert (row["id"], row["category"], row["items"], row["groups"], row["format"]) == ("s1", "Electrical", 7, 4, 4)
    assert row["retired"] == time_text(NEW.created)


def test_listed_schedules_of_an_older_format_are_outdated(desk: Desk) -> None:
    with desk.open_db() as db:
        for number, (organisation, stored) in enumerate([("local", 2), ("local", 3), ("elsewhere", 2), ("local", 2)]):
            new = replace(NEW, id=f"s{number}", content_hash=f"a{number}", format=stored)
            library.add_schedule(db, organisation, new)
        library.set_retired(db, "local", "s3", NEW.created)

        outdated = [row["id"] for row in library.list_outdated(db, 3)]

    assert outdated == ["s0", "s2"]

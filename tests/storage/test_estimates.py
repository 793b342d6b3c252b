"""Estimates in the database: exact states, their order, and the cap on them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlite_utils import Database

from estimate_core.desk import Desk
from estimate_core.domain.charges import with_grand_total, with_lump_sums, with_value
from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.estimate import Estimate, Line
from estimate_core.domain.office import Cover
from estimate_core.storage import estimates
from estimate_core.storage.database import rows
from estimate_core.storage.estimates import MAX_STATES, Change, estimate_from_json, estimate_to_json
from estimate_core.storage.library import add_schedule
from tests.storage.test_library import NEW

NOW = datetime(2026, 4, 1, tzinfo=UTC)
WIRING = Estimate(name="Wiring of the clinic", lines=(Line("a", 1, Decimal("3.000")),))


def changed(estimate: Estimate) -> Change:
    return Change(estimate, Decimal("1500.00"), NOW, "local")


@pytest.fixture
def db(desk: Desk) -> Iterator[Database]:
    """A connection to a database with one estimate `e1`, which is `WIRING`."""
    with desk.open_db() as connection:
        add_schedule(connection, "local", NEW)
        estimates.insert_estimate(connection, "local", "e1", "s1", changed(WIRING))
        yield connection


def edited(db: Database, name: str) -> None:
    saved = estimates.get_estimate(db, "local", "e1")
    estimates.append_state(db, "local", saved, changed(replace(saved.estimate, name=name)))


def kept_versions(db: Database) -> list[int]:
    return [row["version"] for row in rows(db, "SELECT version FROM estimate_states ORDER BY version")]


def test_a_state_comes_back_exactly_as_it_was() -> None:
    charges = with_value(Estimate().charges, "tp", Decimal("4.50"))
    charges = with_lump_sums(charges, [("water \u201csupply\u201d", Decimal("1000.10"))])
    charges = with_grand_total(charges, Decimal("99999.00"))
    cover = Cover(False, "MH 2202, general education", "W-17", "Kothapalli")
    lines = (Line("a", 7, Decimal("3.000"), "Sets"),)
    estimate = Estimate("\u0c17\u0c26\u0c3f", "repair", lines, charges, True, cover, "Ours")

    back = estimate_from_json(json.loads(json.dumps(estimate_to_json(estimate))))

    assert back == estimate
    assert str(back.lines[0].quantity) == "3.000"
    assert [str(row.value) for row in back.charges] == [str(row.value) for row in charges]


def test_missing_keys_take_defaults_and_unknown_ones_are_passed_over() -> None:
    state = {"lines": [{"id": "a", "row": 7, "colour": "red"}], "mood": "good"}

    assert estimate_from_json(state) == Estimate(lines=(Line("a", 7),))
    assert estimate_from_json({}) == Estimate()
    assert estimate_from_json({"charges": []}).charges == ()


def test_a_state_whose_charges_are_no_rows_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        estimate_from_json({"charges": "none"})


def test_an_estimate_comes_back_with_its_versions(db: Database) -> None:
    saved = estimates.get_estimate(db, "local", "e1")

    assert saved.estimate == WIRING
    assert (saved.version, saved.oldest_version, saved.newest_version) == (1, 1, 1)
    assert (saved.schedule, saved.changed) == ("s1", NOW)


def test_absent_foreign_and_deleted_estimates_look_the_same(db: Database) -> None:
    with pytest.raises(NotFound) as absent:
        estimates.get_estimate(db, "local", "e2")
    with pytest.raises(NotFound) as foreign:
        estimates.get_estimate(db, "elsewhere", "e1")
    estimates.set_deleted(db, "local", "e1", NOW)
    with pytest.raises(NotFound) as deleted:
        estimates.get_estimate(db, "local", "e1")

    assert str(absent.value) == str(foreign.value) == str(deleted.value)


def test_another_organisation_reads_no_state_and_deletes_nothing(db: Database) -> None:
    with pytest.raises(NotFound):
        estimates.get_state(db, "elsewhere", "e1", 1)
    for deleted in (NOW, None):
        with pytest.raises(NotFound):
            estimates.set_deleted(db, "elsewhere", "e1", deleted)

    assert estimates.list_estimates(db, "elsewhere") == []
    assert estimates.get_estimate(db, "local", "e1").estimate == WIRING


def test_another_organisation_changes_neither_the_row_nor_the_states(db: Database) -> None:
    edited(db, "two")
    saved, theirs = estimates.get_estimate(db, "local", "e1"), changed(replace(WIRING, name="theirs"))

    with pytest.raises(NotFound):
        estimates.show_version(db, "elsewhere", "e1", 1, theirs)
    with pytest.raises(NotFound):
        estimates.append_state(db, "elsewhere", replace(saved, version=1), theirs)

    assert estimates.get_estimate(db, "local", "e1") == saved
    assert estimates.get_state(db, "local", "e1", 1) == WIRING


def test_an_edit_drops_the_states_that_could_be_redone(db: Database) -> None:
    edited(db, "two")
    edited(db, "three")
    estimates.show_version(db, "local", "e1", 1, changed(WIRING))

    edited(db, "other")

    saved = estimates.get_estimate(db, "local", "e1")
    assert kept_versions(db) == [1, 2]
    assert (saved.estimate.name, saved.version, saved.newest_version) == ("other", 2, 2)


def test_at_most_a_hundred_states_are_kept(db: Database) -> None:
    for number in range(MAX_STATES + 20):
        edited(db, f"name {number}")

    saved = estimates.get_estimate(db, "local", "e1")
    assert len(kept_versions(db)) == MAX_STATES
    assert saved.version == saved.newest_version == MAX_STATES + 21
    assert saved.oldest_version == 22
    with pytest.raises(NotFound):
        estimates.get_state(db, "local", "e1", 21)


def test_amounts_are_kept_as_text(db: Database) -> None:
    kinds = rows(db, "SELECT typeof(amount) AS kind, amount FROM estimates")

    assert kinds == [{"kind": "text", "amount": "1500.00"}]

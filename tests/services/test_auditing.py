"""The audit log: every use case that changes something leaves a line, and none that was refused does."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from pkgutil import iter_modules
from sqlite3 import IntegrityError
from zipfile import ZipFile

import pytest

import estimate_core.services
from estimate_core.desk import Desk
from estimate_core.domain.audit import MAX_LABEL, Entry, Kind
from estimate_core.domain.errors import DeskError, NotAllowed, NotFound
from estimate_core.domain.job import JobType
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import Action, User
from estimate_core.services import (
    auditing,
    channels,
    cleaning,
    downloads,
    estimates,
    jobs,
    leaving,
    profiles,
    schedules,
    submitting,
    uploads,
)
from estimate_core.services.channels import NewChannel
from estimate_core.services.submitting import Key
from estimate_core.storage import audit
from estimate_core.storage.database import rows, writing
from tests.changes import CALLS, LOOKS, NEW, OF_NOTHING, written
from tests.conftest import LIGHT_POINT, Clock, workbook_of
from tests.furnished import (
    ADDRESS,
    CALLER,
    Staffed,
    StaffedHome,
    build_home,
    build_staffed_home,
    fixtures_of,
    open_copy,
)

built, desk_as_built, it = fixtures_of(build_staffed_home)


@pytest.fixture
def desk(desk_as_built: Desk, clock: Clock) -> Desk:
    """The furnished desk, an hour after it was furnished."""
    clock.move(3600)
    return desk_as_built


@pytest.fixture
def user(it: Staffed) -> User:
    """Who furnished the organisation, signed in."""
    return it.user


def log_of(desk: Desk, organisation: str = "local") -> list[dict[str, object]]:
    with desk.open_db() as db:
        return rows(db, "SELECT * FROM audit WHERE organisation = ? ORDER BY id", [organisation])


def new_lines(desk: Desk, before: list[dict[str, object]]) -> list[dict[str, object]]:
    return log_of(desk)[len(before) :]


def use_cases(*actions: Action) -> set[str]:
    """Every use case of these actions, as `module.name`."""
    modules = [
        import_module(f"estimate_core.services.{found.name}") for found in iter_modules(estimate_core.services.__path__)
    ]
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if getattr(value, "action", None) in actions and value.__module__ == module.__name__
    }


def test_every_use_case_that_changes_something_is_called_here() -> None:
    assert use_cases(Action.WRITE, Action.MANAGE) == CALLS.keys() | LOOKS


@pytest.mark.parametrize("name", CALLS)
def test_what_was_done_is_told_with_who_and_from_where(desk: Desk, user: User, it: Staffed, name: str) -> None:
    call, before = CALLS[name], log_of(desk)
    others = log_of(desk, "elsewhere")

    call.do(desk, user, it)

    told, *further = new_lines(desk, before)
    assert (told["user"], told["name"], told["way"], told["address"]) == (user.id, user.name, "session", CALLER.address)
    assert (told["deed"], told["kind"]) == (call.deed, call.kind)
    label = call.label.format(**vars(it))
    assert told["label"] in (label, f"{label} {it.mark}")
    if call.of == NEW:
        assert len(str(told["object"])) == len(NEW) and told["object"] not in vars(it).values()
    else:
        assert told["object"] == attrgetter(call.of)(it)
    assert [line["kind"] for line in further] in ([], [Kind.ESTIMATE])
    assert log_of(desk, "elsewhere") == others


# Files cannot be brought back, so that they went is told after.
@pytest.mark.parametrize("name", sorted(CALLS.keys() - {"cleaning.clean"}))
def test_what_cannot_be_told_is_not_done(
    desk: Desk, user: User, it: Staffed, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows_of_all(desk)

    def refuse(db: object, organisation: str, entry: Entry) -> None:
        raise IntegrityError("no room")

    monkeypatch.setattr(audit, "add_entry", refuse)
    with pytest.raises(IntegrityError):
        CALLS[name].do(desk, user, it)

    assert rows_of_all(desk) == before


def rows_of_all(desk: Desk) -> dict[str, list[object]]:
    """What is in the database, but for which estimate each person has open."""
    with desk.open_db() as db:
        tables = [name for name in db.table_names() if name != "users"]
        return {table: list(rows(db, f'SELECT * FROM "{table}"')) for table in tables}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_viewer_is_refused_leaves_no_line(desk: Desk, it: Staffed, name: str) -> None:
    before = log_of(desk)
    module, _, use_case = name.partition(".")

    with pytest.raises(NotAllowed):
        getattr(import_module(f"estimate_core.services.{module}"), use_case)(desk, it.viewer)

    assert log_of(desk) == before


@pytest.mark.parametrize("name", sorted(CALLS.keys() - OF_NOTHING))
def test_what_is_anothers_leaves_no_line_with_either(desk: Desk, user: User, built: StaffedHome, name: str) -> None:
    before = log_of(desk), log_of(desk, "elsewhere")

    with pytest.raises(DeskError):
        CALLS[name].do(desk, user, built.organisations["elsewhere"])

    assert (log_of(desk), log_of(desk, "elsewhere")) == before


def test_edits_within_a_quarter_of_an_hour_are_one_line(desk: Desk, user: User, it: Staffed, clock: Clock) -> None:
    before = log_of(desk)

    for minutes in (0, 5, 5, 4, 2, 5):
        clock.move(minutes * 60)
        estimates.set_quantity(desk, user, it.estimate, it.line, str(clock.at.minute))

    told = new_lines(desk, before)
    assert [line["deed"] for line in told] == ["changed", "changed"]
    assert [line["at"][11:16] for line in told] == ["10:30", "10:46"]


def test_edits_at_the_same_moment_are_one_line(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: estimates.set_quantity(desk, user, it.estimate, it.line, str(n)), range(10, 26)))

    assert [line["deed"] for line in new_lines(desk, before)] == ["changed"]


def test_edits_of_another_person_address_door_or_estimate_are_lines_of_their_own(
    desk: Desk, user: User, it: Staffed
) -> None:
    before, number = log_of(desk), iter(range(100))

    for who, estimate in (
        (user, it.estimate),
        (it.estimator, it.estimate),
        (replace(user, address="198.51.100.1"), it.estimate),
        (user, it.empty_estimate),
        (user, it.estimate),
    ):
        estimates.set_charge(desk, who, estimate, "tp", str(next(number) + 1))

    told = new_lines(desk, before)
    assert [(line["user"], line["address"], line["object"]) for line in told] == [
        ("local", CALLER.address, it.estimate),
        (it.estimator.id, CALLER.address, it.estimate),
        ("local", "198.51.100.1", it.estimate),
        ("local", CALLER.address, it.empty_estimate),
    ]


def test_a_clock_that_was_set_back_hides_no_edit(desk: Desk, user: User, it: Staffed, clock: Clock) -> None:
    estimates.set_quantity(desk, user, it.estimate, it.line, "7")
    before = log_of(desk)
    clock.move(-60)

    estimates.set_quantity(desk, user, it.estimate, it.line, "8")

    assert [line["deed"] for line in new_lines(desk, before)] == ["changed"]


def test_each_new_name_is_told_and_its_undoing_too(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)

    estimates.rename_estimate(desk, user, it.estimate, "First")
    estimates.rename_estimate(desk, user, it.estimate, " ")
    estimates.undo(desk, user, it.estimate)

    told = [(line["deed"], line["label"]) for line in new_lines(desk, before)]
    assert told == [("renamed", "First"), ("renamed", "Untitled work"), ("renamed", "First")]


def test_name_and_type_at_once_are_two_lines(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)

    estimates.set_work(desk, user, it.estimate, "First", "repair")

    assert [line["deed"] for line in new_lines(desk, before)] == ["renamed", "changed"]


NO_CHANGES: dict[str, Callable[[Desk, User, Staffed], object]] = {
    "the same quantity": lambda desk, user, it: estimates.set_quantity(desk, user, it.estimate, it.line, "2"),
    "the same name": lambda desk, user, it: estimates.rename_estimate(desk, user, it.estimate, f"Work {it.mark}"),
    "no older state": lambda desk, user, it: estimates.undo(desk, user, it.empty_estimate),
    "the same schedule": lambda desk, user, it: estimates.change_schedule(desk, user, it.estimate, it.schedule),
    "deleted before": lambda desk, user, it: estimates.delete_estimate(desk, user, it.deleted_estimate),
    "never deleted": lambda desk, user, it: estimates.restore_estimate(desk, user, it.estimate),
    "retired before": lambda desk, user, it: schedules.retire_schedule(desk, user, it.retired_schedule),
    "never retired": lambda desk, user, it: schedules.restore_schedule(desk, user, it.schedule),
    "paused before": lambda desk, user, it: channels.pause_channel(desk, user, it.paused_channel),
    "never paused": lambda desk, user, it: channels.resume_channel(desk, user, it.channel),
    "nothing to clean": lambda desk, user, it: cleaning.clean(desk, user),
    "read here before": lambda desk, user, it: schedules.upload_schedule(
        desk, user, "Again.xlsx", workbook_of(), "Rates", "1999"
    ),
    "handed in before": lambda desk, user, it: uploads.submit_upload(
        desk, user, "Again.xlsx", workbook_of(), "Rates", "1999"
    ),
}


@pytest.mark.parametrize("case", NO_CHANGES)
def test_what_changes_nothing_leaves_no_line(desk: Desk, user: User, it: Staffed, case: str) -> None:
    before = log_of(desk)

    NO_CHANGES[case](desk, user, it)

    assert log_of(desk) == before


@pytest.mark.parametrize("hand_in", [uploads.submit_upload, schedules.upload_schedule])
def test_a_retired_schedule_that_is_handed_in_again_is_told_as_restored(
    desk: Desk, user: User, it: Staffed, hand_in: Callable[..., object]
) -> None:
    before = log_of(desk)

    hand_in(desk, user, "Again.xlsx", workbook_of(LIGHT_POINT), "Rates", "1999")

    told = [(line["deed"], line["object"], line["label"]) for line in new_lines(desk, before)]
    assert told == [("restored", it.retired_schedule, "Old rates of local 2010-11")]


def test_a_job_that_is_sent_twice_under_one_key_is_asked_for_once(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)

    for _ in range(2):
        submitting.submit_written(desk, user, written(it), JobType.OUTPUT, Key("estimate-117", "content"))

    assert [line["deed"] for line in new_lines(desk, before)] == ["asked for"]


def test_a_profile_that_is_overwritten_is_told_as_changed(desk: Desk, user: User, it: Staffed) -> None:
    estimates.set_charge(desk, user, it.estimate, "tp", "4.5")
    before = log_of(desk)

    profiles.save_profile(desk, user, it.estimate, f"Charges {it.mark}", f"Charges {it.mark}")

    told = [(line["deed"], line["kind"], line["object"]) for line in new_lines(desk, before)]
    assert told == [("changed", "charge profile", it.profile)]


def test_a_download_is_told_where_it_begins(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)

    filename = downloads.open_output(desk, user, it.output).output.filename
    downloads.open_output(desk, user, it.output, begins=False)

    [told] = new_lines(desk, before)
    assert (told["deed"], told["kind"], told["object"], told["label"]) == ("downloaded", "file", it.output, filename)


def test_a_download_that_is_refused_leaves_no_line(desk: Desk, user: User, it: Staffed, built: StaffedHome) -> None:
    desk.files.delete_below("local/outputs")
    before = log_of(desk), log_of(desk, "elsewhere")

    for output in (it.output, built.organisations["elsewhere"].output, "absent"):
        with pytest.raises(NotFound):
            downloads.open_output(desk, user, output)

    assert (log_of(desk), log_of(desk, "elsewhere")) == before


def test_no_line_holds_an_address_or_a_secret(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)
    added, secret = channels.add_channel(desk, user, NewChannel(Way.WEBHOOK, "Bell", ADDRESS, TOLD, for_all=True))
    renewed = channels.renew_secret(desk, user, added.id)
    for do in (channels.try_channel, channels.pause_channel, channels.resume_channel, channels.remove_channel):
        do(desk, user, added.id)
    channels.restore_channel(desk, user, added.id)

    told = new_lines(desk, before)
    assert [line["label"] for line in told] == ["Bell"] * 7
    assert not [hidden for hidden in (secret, renewed, "t0k3n", added.address) if hidden in repr(told)]


def test_labels_are_one_short_line(desk: Desk, user: User, it: Staffed) -> None:
    before = log_of(desk)

    estimates.create_estimate(desk, user, it.schedule, "Wiring,\n" * 200)

    [told] = new_lines(desk, before)
    assert len(str(told["label"])) == MAX_LABEL
    assert str(told["label"]).endswith("Wiring,\u2026")


def test_at_an_open_desk_the_one_person_is_told(tmp_path: Path, clock: Clock) -> None:
    built = build_home(tmp_path / "built")
    desk, it = open_copy(built, tmp_path, clock), built.organisations["local"]
    before = log_of(desk)

    estimates.delete_estimate(desk, it.user, it.estimate)

    [told] = new_lines(desk, before)
    assert (told["user"], told["name"], told["way"], told["address"]) == ("local", "local", "open desk", "")


def test_what_hosts_and_the_desk_itself_clean_is_told(desk: Desk, user: User, it: Staffed, clock: Clock) -> None:
    jobs.cancel_job(desk, user, it.queued)
    before, others = log_of(desk), log_of(desk, "elsewhere")
    clock.move(2 * 366 * 86_400)

    cleaning.clean_all(desk, "local")
    cleaning.clean_daily(desk)

    [told] = new_lines(desk, before)
    assert (told["user"], told["name"], told["way"]) == (None, "whoever hosts", auditing.COMMAND)
    assert (told["deed"], told["label"]) == ("cleaned", "1 file of 0.0 MB")
    [own] = log_of(desk, "elsewhere")[len(others) :]
    assert (own["user"], own["name"], own["way"]) == (None, auditing.ITSELF, auditing.UNASKED)


def test_an_export_by_command_is_told(desk: Desk, tmp_path: Path) -> None:
    before = log_of(desk)

    leaving.export_organisation(desk, "local", tmp_path / "local.zip")

    [told] = new_lines(desk, before)
    assert (told["name"], told["deed"], told["label"]) == ("whoever hosts", "exported", "local.zip")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET name = 'Nobody'",
        "UPDATE audit SET organisation = 'elsewhere' WHERE organisation = 'local'",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
        "REPLACE INTO audit SELECT * FROM audit WHERE id = 1",
        "INSERT OR REPLACE INTO audit SELECT id, organisation, at, user, 'Nobody', deed, kind, object, label, way, "
        "address FROM audit WHERE id = 1",
        "INSERT INTO audit SELECT * FROM audit WHERE id = 1 ON CONFLICT (id) DO UPDATE SET name = 'Nobody'",
    ],
)
def test_the_database_lets_nobody_change_what_was_told(desk: Desk, statement: str) -> None:
    before = log_of(desk), log_of(desk, "elsewhere")

    with desk.open_db() as db, pytest.raises(IntegrityError, match="only added to"), writing(db):
        db.execute(statement)

    assert (log_of(desk), log_of(desk, "elsewhere")) == before


def test_the_log_leaves_with_its_organisation(desk: Desk, user: User, it: Staffed) -> None:
    jobs.cancel_job(desk, user, it.queued)
    others = log_of(desk, "elsewhere")

    leaving.delete_organisation(desk, "local")

    assert log_of(desk) == []
    assert log_of(desk, "elsewhere") == others


def test_the_log_is_in_an_export(desk: Desk, tmp_path: Path) -> None:
    told = log_of(desk)

    leaving.export_organisation(desk, "local", tmp_path / "local.zip")

    with ZipFile(tmp_path / "local.zip") as archive:
        exported = [json.loads(line) for line in archive.read("tables/audit.jsonl").splitlines()]
    assert exported == told

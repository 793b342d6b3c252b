"""The audit log: every use case that changes something leaves a line, and none that was refused does."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from pkgutil import iter_modules
from sqlite3 import IntegrityError
from zipfile import ZipFile

import pytest

import estimate_core.services
from estimate_core.desk import Desk
from estimate_core.domain.audit import MAX_LABEL, Deed, Entry, Kind
from estimate_core.domain.errors import DeskError, NotAllowed, NotFound
from estimate_core.domain.job import JobType
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import Action, Role, User
from estimate_core.services import (
    auditing,
    channels,
    charging,
    cleaning,
    comparing,
    downloads,
    editing,
    estimates,
    invitations,
    jobs,
    leaving,
    marking,
    office,
    people,
    profiles,
    schedules,
    submitting,
    uploads,
)
from estimate_core.services.channels import NewChannel
from estimate_core.services.submitting import Key, WrittenEstimate, WrittenLine
from estimate_core.storage import audit
from estimate_core.storage.database import rows, writing
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, Clock, workbook_of
from tests.furnished import ADDRESS, CALLER, Staffed, StaffedHome, build_home, build_staffed_home, open_copy

NEW = "x" * 36
"""Stands for the id of what a use case makes, which nothing had before."""


@dataclass(frozen=True)
class Call:
    """How a use case is called, and what its line says: `of` is the field of `Staffed` with the object's id."""

    do: Callable[[Desk, User, Staffed], object]
    deed: Deed
    kind: Kind
    of: str
    label: str


def edit(do: Callable[[Desk, User, str], object]) -> Call:
    """An edit of the furnished estimate."""
    return Call(lambda desk, user, it: do(desk, user, it.estimate), Deed.CHANGED, Kind.ESTIMATE, "estimate", "Work")


def ask(do: Callable[[Desk, User, Staffed], object], label: str, deed: Deed = Deed.ASKED_FOR) -> Call:
    """Asking for a job that is new."""
    return Call(do, deed, Kind.JOB, NEW, label)


def channel(do: Callable[[Desk, User, str], object], deed: Deed, of: str = "channel") -> Call:
    """What is done to a furnished channel."""
    return Call(lambda desk, user, it: do(desk, user, getattr(it, of)), deed, Kind.CHANNEL, of, of.replace("_", " "))


def written(it: Staffed) -> WrittenEstimate:
    return WrittenEstimate(it.schedule, (WrittenLine(FAN.name, "2"),), work_name=f"Written work {it.mark}")


def upload(desk: Desk, user: User, it: Staffed) -> object:
    return uploads.submit_upload(desk, user, "New.xlsx", workbook_of(CABLE, FAN), f"New {it.mark}", "2026-27")


def upload_here(desk: Desk, user: User, it: Staffed) -> object:
    return schedules.upload_schedule(desk, user, "New.xlsx", workbook_of(CABLE, FAN), f"New {it.mark}", "2026-27")


def clean_later(desk: Desk, user: User, it: Staffed) -> object:
    later = desk.now().replace(year=desk.now().year + 2)
    with desk.open_db() as db, writing(db):
        db.execute("UPDATE jobs SET status = 'cancelled' WHERE status = 'queued'")
        db.execute("UPDATE sessions SET created = ?, seen = ?", [later.isoformat()] * 2)
    return cleaning.clean(replace(desk, now=lambda: later), user)


CALLS: dict[str, Call] = {
    "channels.add_channel": Call(
        lambda desk, user, it: channels.add_channel(
            desk, user, NewChannel(Way.WEBHOOK, f"Bell {it.mark}", ADDRESS, TOLD, for_all=True)
        ),
        Deed.CREATED,
        Kind.CHANNEL,
        NEW,
        "Bell",
    ),
    "channels.pause_channel": channel(channels.pause_channel, Deed.PAUSED),
    "channels.remove_channel": channel(channels.remove_channel, Deed.REMOVED),
    "channels.renew_secret": channel(channels.renew_secret, Deed.RENEWED),
    "channels.restore_channel": channel(channels.restore_channel, Deed.RESTORED, "removed_channel"),
    "channels.resume_channel": channel(channels.resume_channel, Deed.RESUMED, "paused_channel"),
    "channels.try_channel": channel(channels.try_channel, Deed.TESTED),
    "charging.add_charge": edit(lambda desk, user, id: charging.add_charge(desk, user, id, "fixed")),
    "charging.move_charge": edit(lambda desk, user, id: charging.move_charge(desk, user, id, "tp", 1)),
    "charging.remove_charge": edit(lambda desk, user, id: charging.remove_charge(desk, user, id, "tp")),
    "charging.set_charge_cells": edit(
        lambda desk, user, id: charging.set_charge_cells(desk, user, id, {("tp", "label"): "Other"})
    ),
    "cleaning.clean": Call(clean_later, Deed.CLEANED, Kind.STORAGE, "organisation", "1 file of 0.0 MB"),
    "cleaning.save_days": Call(
        lambda desk, user, it: cleaning.save_days(desk, user, 30), Deed.CHANGED, Kind.STORAGE, "organisation", "30 days"
    ),
    "comparing.submit_comparison": ask(
        lambda desk, user, it: comparing.submit_comparison(desk, user, it.schedule, it.edition),
        "Comparison of Rates of local 2024-25 and 2025-26",
    ),
    "downloads.make_again": ask(
        lambda desk, user, it: downloads.make_again(desk, user, it.complete), "Estimate of Work", Deed.MADE_AGAIN
    ),
    "editing.edit": edit(
        lambda desk, user, id: editing.edit(desk, user, id, lambda so_far, _: replace(so_far, lines=()))
    ),
    "editing.put_on_schedule": Call(
        lambda desk, user, it: editing.put_on_schedule(desk, user, it.empty_estimate, it.edition),
        Deed.CHANGED,
        Kind.ESTIMATE,
        "empty_estimate",
        "Work without lines",
    ),
    "editing.step": edit(lambda desk, user, id: editing.step(desk, user, id, -1)),
    "estimates.add_item": edit(lambda desk, user, id: estimates.add_item(desk, user, id, ROW_OF[CABLE.name])),
    "estimates.change_schedule": Call(
        lambda desk, user, it: estimates.change_schedule(desk, user, it.empty_estimate, it.edition),
        Deed.CHANGED,
        Kind.ESTIMATE,
        "empty_estimate",
        "Work without lines",
    ),
    "estimates.clear_lines": edit(estimates.clear_lines),
    "estimates.create_estimate": Call(
        lambda desk, user, it: estimates.create_estimate(desk, user, it.schedule, f"New work {it.mark}"),
        Deed.CREATED,
        Kind.ESTIMATE,
        NEW,
        "New work",
    ),
    "estimates.create_sample_estimate": Call(
        lambda desk, user, it: estimates.create_sample_estimate(desk, user, it.schedule),
        Deed.CREATED,
        Kind.ESTIMATE,
        NEW,
        "Sample estimate: Rates of local 2024-25",
    ),
    "estimates.delete_estimate": Call(
        lambda desk, user, it: estimates.delete_estimate(desk, user, it.estimate),
        Deed.DELETED,
        Kind.ESTIMATE,
        "estimate",
        "Work",
    ),
    "estimates.duplicate_estimate": Call(
        lambda desk, user, it: estimates.duplicate_estimate(desk, user, it.estimate),
        Deed.COPIED,
        Kind.ESTIMATE,
        NEW,
        "Copy of Work",
    ),
    "estimates.move_line": edit(lambda desk, user, id: _move_line(desk, user, id)),
    "estimates.redo": edit(estimates.redo),
    "estimates.remove_lines": edit(lambda desk, user, id: _with_line(estimates.remove_lines, desk, user, id)),
    "estimates.rename_estimate": Call(
        lambda desk, user, it: estimates.rename_estimate(desk, user, it.estimate, f"Other work {it.mark}"),
        Deed.RENAMED,
        Kind.ESTIMATE,
        "estimate",
        "Other work",
    ),
    "estimates.restore_estimate": Call(
        lambda desk, user, it: estimates.restore_estimate(desk, user, it.deleted_estimate),
        Deed.RESTORED,
        Kind.ESTIMATE,
        "deleted_estimate",
        "Deleted work",
    ),
    "estimates.set_cells": edit(
        lambda desk, user, id: estimates.set_cells(desk, user, id, {(_line(desk, user, id), "quantity"): "7"})
    ),
    "estimates.set_charge": edit(lambda desk, user, id: estimates.set_charge(desk, user, id, "tp", "4.5")),
    "estimates.set_grand_total": edit(lambda desk, user, id: estimates.set_grand_total(desk, user, id, "90000")),
    "estimates.set_lump_sums": edit(lambda desk, user, id: estimates.set_lump_sums(desk, user, id, [("Labour", "10")])),
    "estimates.set_quantity": edit(
        lambda desk, user, id: estimates.set_quantity(desk, user, id, _line(desk, user, id), "7")
    ),
    "estimates.set_unit": edit(
        lambda desk, user, id: estimates.set_unit(desk, user, id, _line(desk, user, id), "Sets")
    ),
    "estimates.set_work": edit(lambda desk, user, id: estimates.set_work(desk, user, id, work_type="repair")),
    "estimates.undo": edit(estimates.undo),
    "invitations.invite": Call(
        lambda desk, user, it: invitations.invite(desk, user, "new@example.org", Role.VIEWER),
        Deed.INVITED,
        Kind.INVITATION,
        NEW,
        "new@example.org, viewer",
    ),
    "invitations.withdraw_invitation": Call(
        lambda desk, user, it: invitations.withdraw_invitation(desk, user, it.invitation),
        Deed.WITHDREW,
        Kind.INVITATION,
        "invitation",
        "guest@local.example.org",
    ),
    "jobs.cancel_job": Call(
        lambda desk, user, it: jobs.cancel_job(desk, user, it.queued),
        Deed.CANCELLED,
        Kind.JOB,
        "queued",
        "Estimate of Work",
    ),
    "jobs.retry_job": Call(
        lambda desk, user, it: jobs.retry_job(desk, user, it.failed),
        Deed.RETRIED,
        Kind.JOB,
        "failed",
        "Estimate of Work",
    ),
    "jobs.submit_job": ask(
        lambda desk, user, it: jobs.submit_job(desk, user, it.estimate, JobType.PDF), "Estimate PDF of Work"
    ),
    "marking.submit_findings": ask(
        lambda desk, user, it: marking.submit_findings(desk, user, it.edition), "Findings of Rates of local 2025-26"
    ),
    "marking.submit_upload_findings": ask(
        lambda desk, user, it: marking.submit_upload_findings(desk, user, it.refused), "Findings of Refused of local 1"
    ),
    "office.save_office": Call(
        lambda desk, user, it: office.save_office(desk, user, "Electrical division", ["Engineer"]),
        Deed.CHANGED,
        Kind.OFFICE,
        "organisation",
        "Electrical division",
    ),
    "office.set_cover": edit(lambda desk, user, id: office.set_cover(desk, user, id, place="Guntur")),
    "office.set_grouped": edit(lambda desk, user, id: office.set_grouped(desk, user, id, True)),
    "people.change_role": Call(
        lambda desk, user, it: people.change_role(desk, user, it.estimator.id, Role.VIEWER),
        Deed.CHANGED,
        Kind.PERSON,
        "estimator.id",
        "{estimator.id}@example.org, estimator to viewer",
    ),
    "people.remove_person": Call(
        lambda desk, user, it: people.remove_person(desk, user, it.estimator.id),
        Deed.REMOVED,
        Kind.PERSON,
        "estimator.id",
        "{estimator.id}@example.org",
    ),
    "people.rename_organisation": Call(
        lambda desk, user, it: people.rename_organisation(desk, user, "Elsewhere"),
        Deed.RENAMED,
        Kind.ORGANISATION,
        "organisation",
        "local to Elsewhere",
    ),
    "people.restore_person": Call(
        lambda desk, user, it: people.restore_person(desk, user, it.removed_person),
        Deed.RESTORED,
        Kind.PERSON,
        "removed_person",
        "{removed_person}@example.org, estimator",
    ),
    "profiles.apply_profile": edit(lambda desk, user, id: profiles.apply_profile(desk, user, id, "standard")),
    "profiles.delete_profile": Call(
        lambda desk, user, it: profiles.delete_profile(desk, user, it.profile),
        Deed.DELETED,
        Kind.PROFILE,
        "profile",
        "Charges",
    ),
    "profiles.rename_profile": Call(
        lambda desk, user, it: profiles.rename_profile(desk, user, it.profile, f"Levies {it.mark}"),
        Deed.RENAMED,
        Kind.PROFILE,
        "profile",
        "Charges of local to Levies of local",
    ),
    "profiles.save_profile": Call(
        lambda desk, user, it: profiles.save_profile(desk, user, it.estimate, "Fees"),
        Deed.CREATED,
        Kind.PROFILE,
        NEW,
        "Fees",
    ),
    "schedules.restore_schedule": Call(
        lambda desk, user, it: schedules.restore_schedule(desk, user, it.retired_schedule),
        Deed.RESTORED,
        Kind.SCHEDULE,
        "retired_schedule",
        "Old rates of local 2010-11",
    ),
    "schedules.retire_schedule": Call(
        lambda desk, user, it: schedules.retire_schedule(desk, user, it.schedule),
        Deed.RETIRED,
        Kind.SCHEDULE,
        "schedule",
        "Rates of local 2024-25",
    ),
    "schedules.upload_schedule": Call(upload_here, Deed.UPLOADED, Kind.SCHEDULE, NEW, "New of local 2026-27"),
    "submitting.submit_written": ask(
        lambda desk, user, it: submitting.submit_written(desk, user, written(it), JobType.OUTPUT),
        "Estimate + Datas of Written work",
    ),
    "uploads.dismiss_upload": Call(
        lambda desk, user, it: uploads.dismiss_upload(desk, user, it.refused),
        Deed.DISMISSED,
        Kind.SCHEDULE,
        NEW,
        "Refused of local 1",
    ),
    "uploads.submit_upload": Call(upload, Deed.UPLOADED, Kind.SCHEDULE, NEW, "New of local 2026-27"),
}
"""A call of each use case that changes something, by module and name. Whoever adds a use case adds its line."""

LOOKS = {"invitations.list_invitations", "tokens.list_tokens"}
"""Those that only owners may look at, and that change nothing."""
OF_NOTHING = {
    "invitations.invite",
    "people.rename_organisation",
    "channels.add_channel",
    "cleaning.clean",
    "cleaning.save_days",
    "office.save_office",
    "schedules.upload_schedule",
    "uploads.submit_upload",
}
"""Those that are called without the id of anything."""


def _line(desk: Desk, user: User, estimate_id: str) -> str:
    return estimates.open_estimate(desk, user, estimate_id).estimate.lines[0].id


def _with_line(do: Callable[..., object], desk: Desk, user: User, estimate_id: str) -> object:
    return do(desk, user, estimate_id, [_line(desk, user, estimate_id)])


def _move_line(desk: Desk, user: User, estimate_id: str) -> object:
    estimates.add_item(desk, user, estimate_id, ROW_OF[CABLE.name])
    return estimates.move_line(desk, user, estimate_id, _line(desk, user, estimate_id), 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> StaffedHome:
    return build_staffed_home(tmp_path_factory.mktemp("built") / "home")


@pytest.fixture
def desk(built: StaffedHome, tmp_path: Path, clock: Clock) -> Desk:
    """The furnished desk, an hour after it was furnished."""
    clock.move(3600)
    return open_copy(built, tmp_path, clock)


@pytest.fixture
def it(built: StaffedHome) -> Staffed:
    return built.organisations["local"]


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
    assert (own["user"], own["name"], own["way"]) == (None, "Estimate Desk", auditing.ITSELF)


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

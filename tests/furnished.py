"""Organisations that have one of each thing, made by use cases: what tests of every door are tried on.

`build_home` furnishes two organisations in an empty folder, which takes a second, at a desk that is open;
`build_staffed_home` has people sign in there too, which closes it. `open_copy` gives a test that desk again in a folder
of its own, with the same ids, in a few milliseconds. A test module has both by

    built, desk, it = fixtures_of(build_staffed_home)

and its tests ask for `desk` and for what the organisation of LOCAL has, `it`.

Whoever adds a kind of thing adds a field to `Furnished` or `Staffed`, and to `_make_things` or `_staff` the use case
that makes one.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import LOCAL, Account, Role, Scope, User
from estimate_core.services import (
    channels,
    cleaning,
    estimates,
    invitations,
    jobs,
    office,
    people,
    profiles,
    schedules,
    tokens,
    uploads,
    work,
)
from estimate_core.services.channels import NewChannel
from estimate_core.services.ending import fail_job
from estimate_core.services.signing_in import Caller, find_visitor, start_session
from estimate_core.settings import Settings
from estimate_core.storage import accounts
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from estimate_core.storage.queue import claim_next
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, STRANGER, UNPRICED, Clock, workbook_of
from tests.pigeon import Pigeon

WORKER = "here/1"
ADDRESS = "https://example.org/t0k3n"
CALLER = Caller("203.0.113.9", "Firefox")


@dataclass(frozen=True)
class Furnished:
    """What an organisation has, by ids; the names of its things end in `mark`, such as `of local`.

    `user` made all of it.

    The estimate follows `profile` and has one line, of a fan; its states can be undone and redone. `complete` made the
    file `output` of it, `failed` and `queued` are to make another. `edition` is another schedule of the same category,
    with findings as `schedule` has them, `refused` the job that read a workbook without items. `own_channel` is
    the user's alone.
    """

    user: User
    mark: str
    schedule: str
    edition: str
    retired_schedule: str
    estimate: str
    line: str
    empty_estimate: str
    deleted_estimate: str
    profile: str
    complete: str
    output: str
    failed: str
    refused: str
    queued: str
    channel: str
    own_channel: str
    paused_channel: str
    removed_channel: str

    @property
    def organisation(self) -> str:
        """Whose all of it is."""
        return self.user.organisation


@dataclass(frozen=True)
class Staffed(Furnished):
    """An organisation with people: `user` is an owner, `estimator` and `viewer` are others; all three are signed in.

    The `token` is the owner's.
    """

    estimator: User
    viewer: User
    removed_person: str
    invitation: str
    token: str


@dataclass(frozen=True)
class Built:
    """A home where `organisations` are furnished, by their ids."""

    home: Path
    organisations: Mapping[str, Furnished]


@dataclass(frozen=True)
class StaffedHome(Built):
    """A home where `organisations` have people too."""

    organisations: Mapping[str, Staffed]


def build_home(home: Path) -> Built:
    """Furnish the organisations of LOCAL and of STRANGER in an empty folder; the desk stays open."""
    desk, owners = _desk_at(home, Clock()), (LOCAL, STRANGER)
    with desk.open_db() as db, writing(db):
        for user in owners:
            ensure_person(db, user)
    things = [_make_things(desk, user) for user in owners]
    # Last of all, or the worker would run the queued job of one organisation while another is furnished.
    queued = [_submit(desk, user, made["estimate"]).id for user, made in zip(owners, things, strict=True)]
    every = [Furnished(user, queued=job, **made) for user, made, job in zip(owners, things, queued, strict=True)]
    return Built(home, {each.organisation: each for each in every})


def build_staffed_home(home: Path) -> StaffedHome:
    """Furnish and staff the organisations of LOCAL and of STRANGER in an empty folder, which closes the desk."""
    built = build_home(home)
    desk = _desk_at(home, Clock())
    # Both owners first: from the first account on the desk is closed to who has none.
    every = [replace(each, user=let_in(desk, each.user)) for each in built.organisations.values()]
    return StaffedHome(home, {each.organisation: Staffed(**vars(each), **_staff(desk, each.user)) for each in every})


def open_copy(built: Built, folder: Path, clock: Clock, rung: Callable[[str], None] = lambda job_id: None) -> Desk:
    """The desk of `built` in a new folder below that, whose letters a pigeon takes."""
    home = shutil.copytree(built.home, folder / "home")
    return _desk_at(home, clock, rung)


def fixtures_of(build: Callable[[Path], Built]) -> tuple[Any, Any, Any]:
    """Fixtures of a test module: the home as `build` makes it, once; a desk on a copy of it, for each test; and what
    the organisation of LOCAL has there.

    The first is to be called `built`, by which the others ask for it.
    """

    @pytest.fixture(scope="module")
    def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
        return build(tmp_path_factory.mktemp("built") / "home")

    @pytest.fixture
    def desk(built: Built, tmp_path: Path, clock: Clock) -> Desk:
        return open_copy(built, tmp_path, clock)

    @pytest.fixture
    def furniture(built: Built) -> Furnished:
        return built.organisations[LOCAL.organisation]

    return built, desk, furniture


def _desk_at(home: Path, clock: Clock, rung: Callable[[str], None] = lambda job_id: None) -> Desk:
    return replace(open_desk(Settings(home=home), rung, clock), post=Pigeon())


def let_in(desk: Desk, user: User, role: Role = Role.OWNER) -> User:
    """Give a person of an organisation an account and that role, and sign them in from CALLER's address."""
    account = Account(str(uuid4()), f"{user.id}@example.org", user.name, False, False, None, desk.now())
    with desk.open_db() as db, writing(db):
        accounts.insert_account(db, account, None)
        accounts.put_member(db, user.id, account, user.organisation, role)
        ticket = start_session(desk, db, account, "password", CALLER)
    visitor = find_visitor(desk, ticket, CALLER)
    assert visitor is not None and visitor.user is not None
    return visitor.user


def _staff(desk: Desk, user: User) -> dict[str, Any]:
    """Those besides the owner, one of them taken out again; an invitation and a token."""
    made = {role: User(str(uuid4()), role.capitalize(), user.organisation) for role in (Role.ESTIMATOR, Role.VIEWER)}
    removed = let_in(desk, User(str(uuid4()), "Leaver", user.organisation), Role.ESTIMATOR).id
    people.remove_person(desk, user, removed)
    address = f"guest@{user.organisation}.example.org"
    return {
        **{role.value: let_in(desk, person, role) for role, person in made.items()},
        "removed_person": removed,
        "invitation": invitations.invite(desk, user, address, Role.VIEWER)[0].id,
        "token": tokens.create_token(desk, user, f"Token of {user.organisation}", Scope.WRITE, 30)[0].id,
    }


def _make_things(desk: Desk, user: User) -> dict[str, str]:
    mark = f"of {user.organisation}"
    office.save_office(desk, user, f"Department {mark}", ["Engineer"])
    cleaning.save_days(desk, user, 300)
    made = {"mark": mark} | _schedules(desk, user, mark) | _channels(desk, user, mark)
    made |= _estimates(desk, user, made["schedule"], mark)
    complete = _complete(desk, user, _submit(desk, user, made["estimate"]))
    refused = uploads.submit_upload(desk, user, f"Refused {mark}.xlsx", workbook_of(UNPRICED), f"Refused {mark}", "1")
    assert refused.job is not None
    work.run_next(desk, WORKER)
    return made | {
        "complete": complete.id,
        "output": jobs.list_outputs(desk, user, complete.id)[0].id,
        "failed": _fail(desk, user, _submit(desk, user, made["estimate"])).id,
        "refused": _ended(desk, user, refused.job, Status.FAILED).id,
    }


def _schedules(desk: Desk, user: User, mark: str) -> dict[str, str]:
    edition = workbook_of(replace(FAN, rate=1300), CABLE, UNPRICED)
    made = {
        "schedule": _upload(desk, user, f"Rates {mark}", "2024-25", workbook_of()),
        "edition": _upload(desk, user, f"Rates {mark}", "2025-26", edition),
        "retired_schedule": _upload(desk, user, f"Old rates {mark}", "2010-11", workbook_of(LIGHT_POINT)),
    }
    schedules.retire_schedule(desk, user, made["retired_schedule"])
    return made


def _estimates(desk: Desk, user: User, schedule: str, mark: str) -> dict[str, str]:
    """An estimate with a line, one without, and one that was deleted; and the profile that the first follows."""
    names = {"estimate": "Work", "empty_estimate": "Work without lines", "deleted_estimate": "Deleted work"}
    made = {key: estimates.create_estimate(desk, user, schedule, f"{name} {mark}").id for key, name in names.items()}
    estimates.delete_estimate(desk, user, made["deleted_estimate"])
    _, line = estimates.add_item(desk, user, made["estimate"], ROW_OF[FAN.name])
    followed = profiles.save_profile(desk, user, made["estimate"], f"Charges {mark}")
    for quantity in ("2", "3"):
        estimates.set_quantity(desk, user, made["estimate"], line, quantity)
    estimates.undo(desk, user, made["estimate"])
    return made | {"line": line, "profile": followed.estimate.profile}


def _upload(desk: Desk, user: User, category: str, edition: str, data: bytes) -> str:
    return schedules.upload_schedule(desk, user, f"{category}.xlsx", data, category, edition).id


def _channels(desk: Desk, user: User, mark: str) -> dict[str, str]:
    made = {name: _channel(desk, user, f"{name} {mark}") for name in ("channel", "paused_channel", "removed_channel")}
    channels.pause_channel(desk, user, made["paused_channel"])
    channels.remove_channel(desk, user, made["removed_channel"])
    return made | {"own_channel": _channel(desk, user, f"own channel {mark}", for_all=False)}


def _channel(desk: Desk, user: User, label: str, for_all: bool = True) -> str:
    new = NewChannel(Way.WEBHOOK, label.replace("_", " "), ADDRESS, TOLD, for_all)
    return channels.add_channel(desk, user, new)[0].id


def _submit(desk: Desk, user: User, estimate: str) -> Job:
    return jobs.submit_job(desk, user, estimate, JobType.ESTIMATE)


def _complete(desk: Desk, user: User, job: Job) -> Job:
    work.run_next(desk, WORKER)
    return _ended(desk, user, job, Status.COMPLETED)


def _fail(desk: Desk, user: User, job: Job) -> Job:
    with desk.open_db() as db, writing(db):
        mine = claim_next(db, WORKER, desk.now())
        assert mine is not None
        fail_job(db, mine, "The schedule is gone.", "log", desk.now())
    return _ended(desk, user, job, Status.FAILED)


def _ended(desk: Desk, user: User, job: Job, status: Status) -> Job:
    ended = jobs.get_job(desk, user, job.id)
    assert ended.status is status
    return ended

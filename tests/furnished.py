"""Organisations that have one of each thing, made by use cases: what tests of every door are tried on.

`build_home` furnishes two organisations at a desk in an empty folder, which takes a second; `open_copy` gives a test
that desk again in a folder of its own, with the same ids, in a few milliseconds. So a test module has

    @pytest.fixture(scope="module")
    def built(tmp_path_factory) -> Built:
        return build_home(tmp_path_factory.mktemp("built"))

and each of its tests `open_copy(built, tmp_path, clock)`. Whoever adds a kind of thing adds a field to `Furnished`, and
to `_furnish_all_but_queue` the use case that makes one.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.job import Job, JobType, Status
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import LOCAL, Account, Role, User
from estimate_core.services import channels, cleaning, estimates, jobs, office, profiles, schedules, uploads, work
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
CALLER = Caller("203.0.113.9", "Firefox")
ADDRESS = "https://example.org/t0k3n"


@dataclass(frozen=True)
class Furnished:
    """What an organisation has, by ids; the names of all things end in `mark`, such as `of local`.

    The estimate follows `profile` and has one line, of a fan; its states can be undone and redone. `complete` made the
    file `output` of it, `failed` and `queued` are to make another. `edition` is another schedule of the same category,
    with findings as `schedule` has them, `refused` the job that read a workbook without items.
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
    channel: str
    paused_channel: str
    removed_channel: str
    queued: str = ""


@dataclass(frozen=True)
class Built:
    """A home where `organisations` are furnished, by their ids."""

    home: Path
    organisations: dict[str, Furnished]


def build_home(home: Path) -> Built:
    """Furnish the organisations of LOCAL and of STRANGER at an open desk in an empty folder."""
    desk = replace(open_desk(Settings(home=home), lambda job_id: None, Clock()), post=Pigeon())
    with desk.open_db() as db, writing(db):
        for user in (LOCAL, STRANGER):
            ensure_person(db, user)
    return Built(home, {each.user.organisation: each for each in furnish(desk, LOCAL, STRANGER)})


def open_copy(built: Built, folder: Path, clock: Clock, rung: Callable[[str], None] = lambda job_id: None) -> Desk:
    """The desk of `built` in a new folder below that, whose letters a pigeon takes."""
    home = shutil.copytree(built.home, folder / "home")
    return replace(open_desk(Settings(home=home), rung, clock), post=Pigeon())


def sign_in(desk: Desk, user: User, role: Role = Role.OWNER) -> User:
    """Give a person of the open desk an account, which closes it, and sign them in from CALLER's address."""
    account = Account(str(uuid4()), f"{user.id}@example.org", user.name, False, False, None, desk.now())
    with desk.open_db() as db, writing(db):
        accounts.insert_account(db, account, None)
        accounts.put_member(db, user.id, account, user.organisation, role)
        ticket = start_session(desk, db, account, "password", CALLER)
    visitor = find_visitor(desk, ticket, CALLER)
    assert visitor is not None and visitor.user is not None
    return visitor.user


def furnish(desk: Desk, *users: User) -> list[Furnished]:
    """Furnish the organisations of these people, who are known at the desk and may do everything.

    All at once, because the worker would run the queued job of one organisation while it furnishes the next.
    """
    without = [_furnish_all_but_queue(desk, user) for user in users]
    return [replace(each, queued=_submit(desk, each.user, each.estimate).id) for each in without]


def _furnish_all_but_queue(desk: Desk, user: User) -> Furnished:
    mark = f"of {user.organisation}"
    office.save_office(desk, user, f"Department {mark}", ["Engineer"])
    cleaning.save_days(desk, user, 300)
    schedule = schedules.upload_schedule(desk, user, f"Rates {mark}.xlsx", workbook_of(), f"Rates {mark}", "2024-25").id
    edition = _upload(desk, user, f"Rates {mark}", "2025-26", workbook_of(replace(FAN, rate=1300), CABLE, UNPRICED))
    retired = _upload(desk, user, f"Old rates {mark}", "2010-11", workbook_of(LIGHT_POINT))
    schedules.retire_schedule(desk, user, retired)
    deleted = estimates.create_estimate(desk, user, schedule, f"Deleted work {mark}").id
    estimates.delete_estimate(desk, user, deleted)
    empty = estimates.create_estimate(desk, user, schedule, f"Work without lines {mark}").id
    estimate, line, profile = _estimate(desk, user, schedule, mark)
    complete = _complete(desk, user, _submit(desk, user, estimate))
    refused = uploads.submit_upload(desk, user, f"Refused {mark}.xlsx", workbook_of(UNPRICED), f"Refused {mark}", "1")
    assert refused.job is not None
    work.run_next(desk, WORKER)
    return Furnished(
        user=user,
        mark=mark,
        schedule=schedule,
        edition=edition,
        retired_schedule=retired,
        estimate=estimate,
        line=line,
        empty_estimate=empty,
        deleted_estimate=deleted,
        profile=profile,
        complete=complete.id,
        output=jobs.list_outputs(desk, user, complete.id)[0].id,
        failed=_fail(desk, user, _submit(desk, user, estimate)).id,
        refused=_ended(desk, user, refused.job, Status.FAILED).id,
        **_channels(desk, user, mark),
    )


def _upload(desk: Desk, user: User, category: str, edition: str, data: bytes) -> str:
    return schedules.upload_schedule(desk, user, f"{category}.xlsx", data, category, edition).id


def _estimate(desk: Desk, user: User, schedule: str, mark: str) -> tuple[str, str, str]:
    """An estimate that can be undone and redone, its line, and the profile that it follows."""
    opened = estimates.create_estimate(desk, user, schedule, f"Work {mark}")
    _, line = estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    followed = profiles.save_profile(desk, user, opened.id, f"Charges {mark}")
    for quantity in ("2", "3"):
        estimates.set_quantity(desk, user, opened.id, line, quantity)
    estimates.undo(desk, user, opened.id)
    return opened.id, line, followed.estimate.profile


def _channels(desk: Desk, user: User, mark: str) -> dict[str, str]:
    made = {name: _channel(desk, user, f"{name} {mark}") for name in ("channel", "paused_channel", "removed_channel")}
    channels.pause_channel(desk, user, made["paused_channel"])
    channels.remove_channel(desk, user, made["removed_channel"])
    return made


def _channel(desk: Desk, user: User, label: str) -> str:
    new = NewChannel(Way.WEBHOOK, label.replace("_", " "), ADDRESS, TOLD, for_all=True)
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

"""A call of each use case that changes something, and what it leaves in the audit log.

They are made for the furnished organisation `local`, by its owner. Whoever adds a use case adds its line to CALLS.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from estimate_core.desk import Desk
from estimate_core.domain.audit import AuditFilter, Deed, Kind
from estimate_core.domain.job import JobType
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import Role, User
from estimate_core.services import (
    audit_log,
    channels,
    charging,
    cleaning,
    comparing,
    downloads,
    editing,
    estimates,
    invitations,
    jobs,
    marking,
    office,
    people,
    profiles,
    schedules,
    submitting,
    uploads,
)
from estimate_core.services.channels import NewChannel
from estimate_core.services.submitting import WrittenEstimate, WrittenLine
from estimate_core.storage.database import writing
from tests.conftest import CABLE, FAN, ROW_OF, workbook_of
from tests.furnished import ADDRESS, Staffed

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
    "audit_log.write_log": Call(
        lambda desk, user, it: audit_log.write_log(desk, user, AuditFilter()),
        Deed.DOWNLOADED,
        Kind.LOG,
        "organisation",
        "",
    ),
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
"""By module and name."""

LOOKS = {"audit_log.list_doers", "audit_log.page_of_entries", "invitations.list_invitations", "tokens.list_tokens"}
"""Those that only owners may look at, and that change nothing."""
OF_NOTHING = {
    "audit_log.write_log",
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

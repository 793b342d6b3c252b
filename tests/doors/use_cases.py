"""All use cases, found where they stand, and for each how it is called upon the things of an organisation."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from types import ModuleType

from estimate_core import services
from estimate_core.desk import Desk
from estimate_core.domain.audit import AuditFilter
from estimate_core.domain.estimate import Estimate
from estimate_core.domain.job import JobType
from estimate_core.domain.notice import TOLD, Way
from estimate_core.domain.people import Action, Role, Scope, User
from estimate_core.domain.schedule import Schedule
from estimate_core.services.channels import NewChannel
from estimate_core.services.listing import JobFilter
from estimate_core.services.submitting import WrittenCharges, WrittenEstimate, WrittenLine
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, workbook_of
from tests.doors.things import IDS, LIKE_ANY, PERSONAL, Things, id_of, with_ids
from tests.furnished import ADDRESS

Function = Callable[..., object]
Call = Callable[[Things], tuple[object, ...]]


@cache
def functions() -> dict[str, Function]:
    """The public functions of all services, as `module.function`."""
    return functions_of(services)


def functions_of(package: ModuleType) -> dict[str, Function]:
    """The public functions that the modules of a package define, as `module.function`."""
    named = (import_module(f"{package.__name__}.{module.name}") for module in pkgutil.iter_modules(package.__path__))
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": made
        for module in named
        for name, made in vars(module).items()
        if inspect.isfunction(made) and made.__module__ == module.__name__ and not name.startswith("_")
    }


@cache
def use_cases() -> dict[str, Function]:
    """The functions that are behind a door."""
    return {name: function for name, function in functions().items() if hasattr(function, "action")}


def use_case_of(case: str) -> Function:
    """The use case that a row of `CALLS` is about."""
    return use_cases()[case.partition(" ")[0]]


def action_of(case: str) -> Action:
    """The action that a use case asks for."""
    action: Action = use_case_of(case).action  # type: ignore[attr-defined]
    return ASKS_MORE.get(case, action)


def is_reading(case: str) -> bool:
    """Whether it gives what is there and changes nothing."""
    return action_of(case) is Action.READ or any(verb in case for verb in (".list_", ".page_of_", ".write_"))


def is_personal(case: str) -> bool:
    """Whether it asks for what belongs to one person, so that others of the organisation do not find it."""
    return bool(PERSONAL & set(fields_asked(case)))


def ask(desk: Desk, user: User, case: str, things: Things) -> object:
    """Call a use case upon the things of an organisation, and have all that it gives."""
    given = use_case_of(case)(desk, user, *CALLS[case](things))
    return list(given) if isinstance(given, Iterator) else given


def fields_asked(case: str) -> list[str]:
    """The fields of the things by which a use case is asked for something."""
    call = CALLS[case]
    return [name for name in IDS if call(with_ids(LIKE_ANY, {name: "other"})) != call(LIKE_ANY)]


def as_it_is(estimate: Estimate, schedule: Schedule) -> Estimate:
    """An edit that changes nothing."""
    return estimate


def _written(things: Things) -> WrittenEstimate:
    charges = WrittenCharges(profile=things.profile)
    return WrittenEstimate(things.schedule, (WrittenLine(FAN.name, "2"),), "Written work", charges=charges)


_NEW_CHANNEL = NewChannel(Way.WEBHOOK, "New channel", ADDRESS, TOLD, for_all=True)
_BLOCK = workbook_of(CABLE, LIGHT_POINT)

CALLS: Mapping[str, Call] = {
    "audit_log.page_of_entries": lambda its: (AuditFilter(), 100),
    "audit_log.page_of_entries of a person": lambda its: (AuditFilter(person=id_of(its, "viewer")), 100),
    "audit_log.list_doers": lambda its: (),
    "audit_log.write_log": lambda its: (AuditFilter(),),
    "channels.list_channels": lambda its: (),
    "channels.add_channel": lambda its: (_NEW_CHANNEL,),
    "channels.renew_secret": lambda its: (its.channel,),
    "channels.pause_channel": lambda its: (its.channel,),
    "channels.resume_channel": lambda its: (its.paused_channel,),
    "channels.remove_channel": lambda its: (its.channel,),
    "channels.restore_channel": lambda its: (its.removed_channel,),
    "channels.try_channel": lambda its: (its.channel,),
    "channels.list_deliveries": lambda its: (its.channel,),
    "channels.add_channel of one's own": lambda its: (replace(_NEW_CHANNEL, for_all=False),),
    "channels.renew_secret of one's own": lambda its: (its.own_channel,),
    "channels.pause_channel of one's own": lambda its: (its.own_channel,),
    "channels.remove_channel of one's own": lambda its: (its.own_channel,),
    "channels.try_channel of one's own": lambda its: (its.own_channel,),
    "channels.list_deliveries of one's own": lambda its: (its.own_channel,),
    "charging.set_charge_cells": lambda its: (its.estimate, {("gst", "value"): "5"}),
    "charging.move_charge": lambda its: (its.estimate, "nac", -1),
    "charging.remove_charge": lambda its: (its.estimate, "gst"),
    "charging.add_charge": lambda its: (its.estimate, "fixed"),
    "cleaning.get_days": lambda its: (),
    "cleaning.save_days": lambda its: (200,),
    "cleaning.plan": lambda its: (),
    "cleaning.clean": lambda its: (),
    "comparing.compare_schedules": lambda its: (its.schedule, its.edition),
    "comparing.submit_comparison": lambda its: (its.schedule, its.edition),
    "downloads.open_output": lambda its: (its.output,),
    "downloads.list_files": lambda its: (its.complete,),
    "downloads.make_again": lambda its: (its.complete,),
    "editing.edit": lambda its: (its.estimate, as_it_is),
    "editing.step": lambda its: (its.estimate, -1),
    "editing.put_on_schedule": lambda its: (its.empty_estimate, its.edition),
    "estimates.list_estimates": lambda its: (),
    "estimates.create_estimate": lambda its: (its.schedule, "New work"),
    "estimates.create_sample_estimate": lambda its: (its.schedule,),
    "estimates.open_estimate": lambda its: (its.estimate,),
    "estimates.last_estimate": lambda its: (),
    "estimates.duplicate_estimate": lambda its: (its.estimate,),
    "estimates.rename_estimate": lambda its: (its.estimate, "Other work"),
    "estimates.delete_estimate": lambda its: (its.estimate,),
    "estimates.restore_estimate": lambda its: (its.deleted_estimate,),
    "estimates.add_item": lambda its: (its.estimate, ROW_OF[CABLE.name]),
    "estimates.set_quantity": lambda its: (its.estimate, its.line, "7"),
    "estimates.set_unit": lambda its: (its.estimate, its.line, "Each"),
    "estimates.set_cells": lambda its: (its.estimate, {(its.line, "quantity"): "7"}),
    "estimates.set_work": lambda its: (its.estimate, "Other work", "repair"),
    "estimates.move_line": lambda its: (its.estimate, its.line, 1),
    "estimates.remove_lines": lambda its: (its.estimate, (its.line,)),
    "estimates.clear_lines": lambda its: (its.estimate,),
    "estimates.set_charge": lambda its: (its.estimate, "gst", "5"),
    "estimates.set_lump_sums": lambda its: (its.estimate, (("digging", "500"),)),
    "estimates.set_grand_total": lambda its: (its.estimate, "9000"),
    "estimates.undo": lambda its: (its.estimate,),
    "estimates.redo": lambda its: (its.estimate,),
    "estimates.change_schedule": lambda its: (its.empty_estimate, its.edition),
    "invitations.invite": lambda its: ("new.person@example.org", Role.VIEWER),
    "invitations.list_invitations": lambda its: (),
    "invitations.withdraw_invitation": lambda its: (its.invitation,),
    "jobs.submit_job": lambda its: (its.estimate, JobType.ESTIMATE),
    "jobs.list_jobs": lambda its: (),
    "jobs.get_job": lambda its: (its.complete,),
    "jobs.list_outputs": lambda its: (its.complete,),
    "jobs.retry_job": lambda its: (its.failed,),
    "jobs.cancel_job": lambda its: (its.queued,),
    "jobs.list_active_jobs": lambda its: (),
    "jobs.list_people": lambda its: (),
    "jobs.list_queue_places": lambda its: (),
    "jobs.find_queue_place": lambda its: (its.queued,),
    "listing.page_of_jobs": lambda its: (JobFilter(), 2, its.failed),
    "listing.page_of_jobs from the first": lambda its: (JobFilter(), 50),
    "listing.page_of_outputs": lambda its: (2, its.output),
    "listing.page_of_outputs from the first": lambda its: (50,),
    "listing.page_of_items": lambda its: (its.schedule, "fan", "", 2),
    "marking.submit_findings": lambda its: (its.edition,),
    "marking.submit_upload_findings": lambda its: (its.refused,),
    "office.get_office": lambda its: (),
    "office.save_office": lambda its: ("Other department", ("Engineer",)),
    "office.set_cover": lambda its: (its.estimate, True, "5054", "W-1", "Guntur"),
    "office.set_grouped": lambda its: (its.estimate, True),
    "own_sessions.list_own_sessions": lambda its: (),
    "own_sessions.end_session": lambda its: (its.session,),
    "own_sessions.end_other_sessions": lambda its: (),
    "people.list_people": lambda its: (),
    "people.get_organisation": lambda its: (),
    "people.change_role": lambda its: (id_of(its, "viewer"), Role.ESTIMATOR),
    "people.remove_person": lambda its: (id_of(its, "viewer"),),
    "people.restore_person": lambda its: (its.removed_person,),
    "people.rename_organisation": lambda its: ("Other office",),
    "people.change_own_name": lambda its: ("Other name",),
    "people.list_own_organisations": lambda its: (),
    "people.switch_organisation": lambda its: (its.office,),
    "printing.preview_pages": lambda its: (its.estimate,),
    "profiles.list_profiles": lambda its: (),
    "profiles.get_profile_called": lambda its: (its.profile,),
    "profiles.apply_profile": lambda its: (its.empty_estimate, its.profile),
    "profiles.save_profile": lambda its: (its.estimate, "New charges"),
    "profiles.rename_profile": lambda its: (its.profile, "Other charges"),
    "profiles.delete_profile": lambda its: (its.profile,),
    "quotas.job_use": lambda its: (),
    "quotas.storage_use": lambda its: (),
    "schedules.list_schedules": lambda its: (),
    "schedules.get_schedule_card": lambda its: (its.schedule,),
    "schedules.load_schedule": lambda its: (its.schedule,),
    "schedules.find_drawing": lambda its: (its.schedule, ROW_OF[FAN.name]),
    "schedules.retire_schedule": lambda its: (its.schedule,),
    "schedules.restore_schedule": lambda its: (its.retired_schedule,),
    "schedules.upload_schedule": lambda its: ("New.xlsx", _BLOCK, "New rates", "2026-27"),
    "signing_in.sign_out": lambda its: (),
    "submitting.submit_written": lambda its: (_written(its), JobType.ESTIMATE),
    "tokens.create_token": lambda its: ("New token", Scope.READ, 30),
    "tokens.list_own_tokens": lambda its: (),
    "tokens.list_tokens": lambda its: (),
    "tokens.revoke_token": lambda its: (its.token,),
    "uploads.submit_upload": lambda its: ("New.xlsx", _BLOCK, "New rates", "2026-27"),
    "uploads.list_uploads": lambda its: (),
    "uploads.get_upload": lambda its: (its.refused,),
    "uploads.get_read_content": lambda its: (its.refused,),
    "uploads.upload_findings": lambda its: (its.refused,),
    "uploads.dismiss_upload": lambda its: (its.refused,),
}
"""The arguments of each use case after the desk and the user, of which those who may can make use.

A use case that is to be called in several ways has further rows, whose names say how behind a space.
"""
MANAGES = {
    "audit_log.list_doers",
    "audit_log.page_of_entries",
    "audit_log.write_log",
    "cleaning.clean",
    "cleaning.save_days",
    "invitations.invite",
    "invitations.list_invitations",
    "invitations.withdraw_invitation",
    "office.save_office",
    "people.change_role",
    "people.remove_person",
    "people.rename_organisation",
    "people.restore_person",
    "tokens.list_tokens",
}
OWNS = {
    "own_sessions.end_other_sessions",
    "own_sessions.end_session",
    "own_sessions.list_own_sessions",
    "people.change_own_name",
    "people.list_own_organisations",
    "people.switch_organisation",
    "signing_in.sign_out",
    "tokens.create_token",
    "tokens.list_own_tokens",
    "tokens.revoke_token",
}
"""Use cases that only owners may do, and those of one's own account: said anew, or one would let in too many unseen.

Of all others, those that change something ask for more than those that look.
"""
ASKS_MORE = {
    f"channels.{name}": Action.MANAGE
    for name in ("add_channel", *(f"{verb}_channel" for verb in ("pause", "resume", "remove", "restore", "try")))
} | {"channels.renew_secret": Action.MANAGE}
"""Use cases whose door lets in whoever may do them with what is their own, and what they ask for beyond it here."""
OWNERS_TOO = {"tokens.revoke_token"}
"""Use cases of what belongs to one person, by which an owner reaches everybody's of the organisation."""
FILTERS = {"audit_log.page_of_entries of a person"}
"""Use cases that are asked for what has to do with something, and find nothing where that is absent."""
NAMELESS = {
    "cleaning.get_days",
    "cleaning.plan",
    "comparing.compare_schedules",
    "jobs.find_queue_place",
    "listing.page_of_items",
    "listing.page_of_outputs",
    "printing.preview_pages",
    "quotas.job_use",
    "quotas.storage_use",
    "schedules.find_drawing",
    "schedules.load_schedule",
    "uploads.upload_findings",
}
"""Use cases that read what has no name of its own: figures, pictures, and what stands in every schedule here."""

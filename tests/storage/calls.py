"""All functions of storage, found where they stand, and how those are called that are asked in somebody's name."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache

from estimate_core import storage
from estimate_core.domain.audit import AuditFilter
from estimate_core.domain.charges import default_profile
from estimate_core.domain.estimate import Estimate
from estimate_core.domain.notice import Event
from estimate_core.domain.office import Office
from estimate_core.domain.people import Organisation, Role, Scope, User
from estimate_core.storage import migrations
from estimate_core.storage.belongings import Belonging
from estimate_core.storage.estimates import Change
from estimate_core.storage.invitations import Invitation
from estimate_core.storage.library import NewSchedule
from estimate_core.storage.listing import JobFilter
from estimate_core.storage.profiles import ProfileChange
from estimate_core.storage.tokens import Token
from tests.doors.use_cases import functions_of
from tests.storage.whose import KEY, LONG_AGO, NOW, Asker, Rows

Function = Callable[..., object]
Call = Callable[[Asker, Rows], tuple[object, ...]]
IN_THE_NAME_OF = {"organisation", "account_id", "user"}
"""Parameters that say in whose name a function is asked."""
NEW = "00000000-0000-4000-8000-000000000000"
"""The id of what is made."""
LATER = NOW + timedelta(days=1)
IDLE = timedelta(days=1)
MANY = 1000


@cache
def functions() -> dict[str, Function]:
    """The public functions of storage that are given a database, as `module.function`."""
    return {
        name: made
        for name, made in functions_of(storage).items()
        if "db" in inspect.signature(made).parameters and made.__module__ != migrations.__name__
    }


def function_of(case: str) -> Function:
    """The function that a row of `CALLS` is about."""
    return functions()[case.partition(" ")[0]]


def asked_in_a_name() -> set[str]:
    """The functions that are told in whose name they are asked."""
    return {name for name, made in functions().items() if IN_THE_NAME_OF & set(inspect.signature(made).parameters)}


def is_in_ones_own_name(case: str, who: Asker, its: Rows) -> bool:
    """Whether a call is about the person who asks, and not about the organisation alone."""
    another = replace(who, person="another", account=replace(who.account, id="another"))
    return CALLS[case](who, its) != CALLS[case](another, its)


def _user(who: Asker, person: str = "", session: str = "", token: str = "") -> User:
    return User(person or who.person, "", who.organisation, session=session, token=token)


def _schedule(its: Rows) -> NewSchedule:
    counts = {"items": 1, "groups": 1, "errors": 0, "warnings": 0, "notes": 0, "format": 1}
    labels = {"category": "Rates", "edition": "1", "filename": "Rates.xlsx"}
    return NewSchedule(
        id=NEW, content_hash=its.content_hash, is_sample=False, created=NOW, created_by="", **labels, **counts
    )


_CHANGE = Change(Estimate(name="Other work"), Decimal(1), NOW, "")
_OTHER_ROWS = ProfileChange("Other charges", default_profile(), NOW, "")
_INVITATION = Invitation(NEW, "", "new.guest@example.org", Role.VIEWER, NOW, "", LATER)
_JOBS = Belonging("jobs", "organisation = :organisation")

CALLS: Mapping[str, Call] = {
    "accounts.find_account_of": lambda who, its: (_user(who, its.person),),
    "accounts.get_account": lambda who, its: (who.account.id,),
    "accounts.find_password": lambda who, its: (who.account.id,),
    "accounts.set_password": lambda who, its: (who.account.id, "another"),
    "accounts.forget_password": lambda who, its: (who.account.id,),
    "accounts.set_proven": lambda who, its: (who.account.id,),
    "accounts.set_name": lambda who, its: (who.account.id, "Other name"),
    "accounts.set_disabled": lambda who, its: (who.account.id, NOW),
    "accounts.insert_organisation": lambda who, its: (Organisation(NEW, "New office"),),
    "accounts.rename_organisation": lambda who, its: (Organisation(who.organisation, "Other office"),),
    "accounts.set_leaving": lambda who, its: (who.organisation, NOW),
    "accounts.put_member": lambda who, its: (NEW, who.account, who.organisation, Role.VIEWER),
    "accounts.set_role": lambda who, its: (who.organisation, its.person, Role.VIEWER),
    "accounts.remove_member": lambda who, its: (who.organisation, its.person, NOW),
    "accounts.list_members": lambda who, its: (who.organisation,),
    "accounts.find_member": lambda who, its: (who.organisation, its.person),
    "accounts.list_memberships": lambda who, its: (who.account.id,),
    "accounts.count_owners": lambda who, its: (who.organisation,),
    "audit.add_entry": lambda who, its: (who.organisation, its.entry),
    "audit.has_like": lambda who, its: (who.organisation, its.entry, LONG_AGO),
    "audit.has_like of one's own": lambda who, its: (
        who.organisation,
        replace(its.entry, user=who.person),
        LONG_AGO,
    ),
    "audit.entries_behind": lambda who, its: (who.organisation, AuditFilter(), MANY),
    "audit.entries_behind a line": lambda who, its: (who.organisation, AuditFilter(), MANY, its.entry.number),
    "audit.count_up_to": lambda who, its: (who.organisation, its.entry.number),
    "audit.find_number": lambda who, its: (who.organisation, 1),
    "belongings.count_belonging": lambda who, its: (_JOBS, who.organisation),
    "belongings.write_rows": lambda who, its: (_JOBS, who.organisation),
    "belongings.delete_rows": lambda who, its: (who.organisation,),
    "channels.list_channels": lambda who, its: (who.organisation, _user(who)),
    "channels.get_channel": lambda who, its: (who.organisation, _user(who), its.channel),
    "channels.get_channel of one's own": lambda who, its: (who.organisation, _user(who), its.own_channel),
    "channels.count_channels": lambda who, its: (who.organisation,),
    "channels.find_told": lambda who, its: (who.organisation, its.person, Event.COMPLETED),
    "channels.set_secret": lambda who, its: (who.organisation, _user(who), its.channel, "another"),
    "channels.set_paused": lambda who, its: (who.organisation, _user(who), its.channel, NOW),
    "channels.remove_channel": lambda who, its: (who.organisation, _user(who), its.channel, NOW),
    "channels.set_secret of one's own": lambda who, its: (who.organisation, _user(who), its.own_channel, "another"),
    "channels.set_paused of one's own": lambda who, its: (who.organisation, _user(who), its.own_channel, NOW),
    "channels.remove_channel of one's own": lambda who, its: (who.organisation, _user(who), its.own_channel, NOW),
    "channels.restore_channel": lambda who, its: (who.organisation, _user(who), its.removed_channel),
    "deliveries.end_waiting": lambda who, its: (who.organisation, _user(who), its.channel, "Paused.", NOW),
    "deliveries.end_waiting of one's own": lambda who, its: (
        who.organisation,
        _user(who),
        its.own_channel,
        "Paused.",
        NOW,
    ),
    "deliveries.list_deliveries": lambda who, its: (who.organisation, _user(who), its.channel, MANY),
    "deliveries.list_deliveries of one's own": lambda who, its: (who.organisation, _user(who), its.own_channel, MANY),
    "deliveries.last_deliveries": lambda who, its: (who.organisation, _user(who)),
    "estimates.insert_estimate": lambda who, its: (who.organisation, NEW, its.schedule, _CHANGE),
    "estimates.get_estimate": lambda who, its: (who.organisation, its.estimate),
    "estimates.list_estimates": lambda who, its: (who.organisation,),
    "estimates.append_state": lambda who, its: (who.organisation, its.saved, _CHANGE),
    "estimates.get_state": lambda who, its: (who.organisation, its.estimate, its.saved.oldest_version),
    "estimates.show_version": lambda who, its: (who.organisation, its.estimate, its.saved.oldest_version, _CHANGE),
    "estimates.set_schedule": lambda who, its: (who.organisation, its.saved, its.edition, _CHANGE),
    "estimates.set_deleted": lambda who, its: (who.organisation, its.estimate, NOW),
    "estimates.set_deleted no more": lambda who, its: (who.organisation, its.deleted_estimate, None),
    "invitations.insert_invitation": lambda who, its: (who.organisation, _INVITATION, "hash"),
    "invitations.list_invitations": lambda who, its: (who.organisation, NOW),
    "invitations.find_invitation": lambda who, its: (who.organisation, its.invitation, NOW),
    "invitations.withdraw": lambda who, its: (who.organisation, NOW, "id", its.invitation),
    "invitations.withdraw by address": lambda who, its: (who.organisation, NOW, "email", its.guest),
    "invitations.withdraw of a person": lambda who, its: (who.organisation, NOW, "created_by", its.person),
    "invitations.withdraw of one's own": lambda who, its: (who.organisation, NOW, "created_by", who.person),
    "jobs.get_job": lambda who, its: (who.organisation, its.complete),
    "jobs.find_by_key": lambda who, its: (who.organisation, its.person, KEY),
    "jobs.find_by_key of one's own": lambda who, its: (who.organisation, who.person, KEY),
    "jobs.get_frozen": lambda who, its: (who.organisation, its.complete),
    "jobs.list_jobs": lambda who, its: (who.organisation, MANY),
    "jobs.retry_failed": lambda who, its: (who.organisation, its.failed),
    "jobs.cancel_queued": lambda who, its: (who.organisation, its.keyed, NOW),
    "jobs.ask_cancel": lambda who, its: (who.organisation, its.running),
    "jobs.list_active_of": lambda who, its: (who.organisation, its.person),
    "jobs.list_active_of oneself": lambda who, its: (who.organisation, who.person),
    "library.add_schedule": lambda who, its: (who.organisation, _schedule(its)),
    "library.list_schedules": lambda who, its: (who.organisation,),
    "library.list_schedules that are retired": lambda who, its: (who.organisation, True),
    "library.get_schedule": lambda who, its: (who.organisation, its.schedule),
    "library.find_by_content": lambda who, its: (who.organisation, its.content_hash),
    "library.set_retired": lambda who, its: (who.organisation, its.schedule, NOW),
    "library.set_retired no more": lambda who, its: (who.organisation, its.retired_schedule, None),
    "library.set_format": lambda who, its: (who.organisation, its.schedule, MANY),
    "listing.jobs_behind": lambda who, its: (who.organisation, JobFilter(), MANY, its.keyed),
    "listing.jobs_behind nothing": lambda who, its: (who.organisation, JobFilter(), MANY, None),
    "listing.jobs_behind nothing, of a person": lambda who, its: (
        who.organisation,
        JobFilter(user=its.person),
        MANY,
        None,
    ),
    "listing.jobs_behind nothing, of one's own": lambda who, its: (
        who.organisation,
        JobFilter(user=who.person),
        MANY,
        None,
    ),
    "listing.outputs_behind": lambda who, its: (who.organisation, MANY, its.output),
    "listing.outputs_behind nothing": lambda who, its: (who.organisation, MANY, None),
    "listing.is_job": lambda who, its: (who.organisation, its.complete),
    "listing.is_output": lambda who, its: (who.organisation, its.output),
    "members.list_last_seen": lambda who, its: (who.organisation,),
    "members.find_removed": lambda who, its: (who.organisation, its.removed_person),
    "members.get_organisation_name": lambda who, its: (who.organisation,),
    "members.set_seen": lambda who, its: (who.organisation, its.person, LATER),
    "members.show_no_more": lambda who, its: (who.person,),
    "office.get_office": lambda who, its: (who.organisation,),
    "office.put_office": lambda who, its: (who.organisation, Office("Other department"), NOW, who.person),
    "outputs.get_output": lambda who, its: (who.organisation, its.output),
    "outputs.get_kept": lambda who, its: (who.organisation, its.output),
    "outputs.list_kept": lambda who, its: (who.organisation, its.complete),
    "outputs.list_all_kept": lambda who, its: (who.organisation,),
    "outputs.list_outputs": lambda who, its: (who.organisation, its.complete),
    "outputs.count_download": lambda who, its: (who.organisation, its.output),
    "people.ensure_person": lambda who, its: (_user(who, NEW),),
    "people.list_names": lambda who, its: (who.organisation,),
    "people.set_open_estimate": lambda who, its: (who.organisation, its.person, its.deleted_estimate),
    "people.find_open_estimate": lambda who, its: (who.organisation, its.person),
    "people.find_name": lambda who, its: (who.organisation, its.person),
    "profiles.list_profiles": lambda who, its: (who.organisation,),
    "profiles.get_profile": lambda who, its: (who.organisation, its.profile),
    "profiles.insert_profile": lambda who, its: (who.organisation, NEW, _OTHER_ROWS),
    "profiles.update_profile": lambda who, its: (who.organisation, its.profile, _OTHER_ROWS),
    "profiles.delete_profile": lambda who, its: (who.organisation, its.profile),
    "queue.find_place": lambda who, its: (who.organisation, its.keyed),
    "queue.list_places": lambda who, its: (who.organisation,),
    "retention.find_days": lambda who, its: (who.organisation,),
    "retention.put_days": lambda who, its: (who.organisation, 30, NOW, who.person),
    "retention.list_older": lambda who, its: (who.organisation, LATER),
    "retention.list_kept_ids": lambda who, its: (who.organisation,),
    "retention.is_kept": lambda who, its: (who.organisation, its.output),
    "retention.has_unfinished": lambda who, its: (who.organisation,),
    "retention.mark_removed": lambda who, its: (who.organisation, its.output, NOW),
    "sessions.find_session_of": lambda who, its: (who.account.id, its.session),
    "sessions.list_sessions": lambda who, its: (who.account.id,),
    "sessions.end_sessions": lambda who, its: (who.account.id, NOW),
    "sessions.end_sessions but for one": lambda who, its: (who.account.id, NOW, NEW),
    "sessions.end_sessions of one browser": lambda who, its: (who.account.id, NOW, "", its.session),
    "sessions.list_addresses": lambda who, its: (who.account.id,),
    "sessions.find_standing": lambda who, its: (_user(who, its.person, session=its.session), NOW, IDLE),
    "sessions.find_standing by a token": lambda who, its: (_user(who, its.person, token=its.token), NOW, IDLE),
    "sessions.find_standing of oneself": lambda who, its: (_user(who, session=its.session), NOW, IDLE),
    "sessions.find_standing of oneself by a token": lambda who, its: (_user(who, token=its.token), NOW, IDLE),
    "tokens.insert_token": lambda who, its: (
        who.organisation,
        Token(NEW, who.person, "", "New token", Scope.READ, NOW, LATER),
        "hash",
    ),
    "tokens.list_tokens": lambda who, its: (who.organisation,),
    "tokens.list_tokens_of": lambda who, its: (who.organisation, its.person),
    "tokens.list_tokens_of oneself": lambda who, its: (who.organisation, who.person),
    "tokens.find_token": lambda who, its: (who.organisation, its.token),
    "tokens.revoke_token": lambda who, its: (who.organisation, its.token, NOW),
    "tokens.revoke_tokens_of": lambda who, its: (who.organisation, its.person, NOW),
    "tokens.revoke_tokens_of oneself": lambda who, its: (who.organisation, who.person, NOW),
    "uploads.get_read": lambda who, its: (who.organisation, its.refused),
    "uploads.find_active_read": lambda who, its: (who.organisation, its.reading_hash),
    "uploads.list_reads": lambda who, its: (who.organisation,),
    "uploads.dismiss_reads": lambda who, its: (who.organisation, its.refused_hash, NOW),
    "uploads.is_content_wanted": lambda who, its: (who.organisation, its.content_hash),
    "uploads.is_content_kept": lambda who, its: (who.organisation, its.refused_hash),
    "uploads.list_contents": lambda who, its: (who.organisation,),
    "usage.count_active": lambda who, its: (who.organisation, its.person),
    "usage.count_active of one's own": lambda who, its: (who.organisation, who.person),
    "usage.count_asked": lambda who, its: (who.organisation, LONG_AGO),
    "usage.find_oldest_but": lambda who, its: (who.organisation, LONG_AGO, 1),
    "usage.sum_files": lambda who, its: (who.organisation,),
    "usage.list_kinds": lambda who, its: (who.organisation,),
}
"""The arguments of each of these functions after the database: who asks, and whose rows they ask for.

A function that is to be called in several ways has further lines, whose names say how behind a space.
"""

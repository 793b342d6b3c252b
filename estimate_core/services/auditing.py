"""The audit log: what is done is told in the transaction that does it, so that neither is there without the other."""

from dataclasses import replace
from datetime import datetime, timedelta

from estimate_core.domain.audit import Deed, Entry, Kind, shown_label
from estimate_core.domain.estimate import UNNAMED, Estimate
from estimate_core.domain.job import TITLES, Job
from estimate_core.domain.people import User
from estimate_core.storage import audit
from estimate_core.storage.database import Database

HOST, COMMAND = "whoever hosts", "command line"
"""Who hosts the desk, and their door."""
ITSELF, UNASKED = "Estimate Desk", "by itself"
"""Who does what nobody asked for, and what is told in the place of a door."""
CHANGES_APART = timedelta(minutes=15)
"""Edits of an estimate that come closer upon each other are told in one line: there may be thousands."""


def record(db: Database, user: User, now: datetime, deed: Deed, kind: Kind, thing: str, label: str = "") -> None:
    """Tell that a person did this to the thing of that id; call it inside `writing`."""
    audit.add_entry(db, user.organisation, _entry(user, now, deed, kind, thing, label))


def record_job(db: Database, user: User, now: datetime, deed: Deed, job: Job) -> None:
    """Tell that a person did this to a job: which kind it is and of whose work; call it inside `writing`."""
    record(db, user, now, deed, Kind.JOB, job.id, f"{TITLES[job.type]} of {job.work_name or UNNAMED}")


def record_edit(db: Database, user: User, now: datetime, estimate_id: str, before: Estimate, after: Estimate) -> None:
    """Tell that a person renamed an estimate, or changed it and not only within the last quarter of an hour."""
    if after.name != before.name:
        record(db, user, now, Deed.RENAMED, Kind.ESTIMATE, estimate_id, after.name or UNNAMED)
    if after.name == before.name or replace(after, name=before.name) != before:
        record_change(db, user, now, estimate_id, after)


def record_change(db: Database, user: User, now: datetime, estimate_id: str, after: Estimate) -> None:
    """Tell that a person changed an estimate, unless the log has that of the last quarter of an hour."""
    entry = _entry(user, now, Deed.CHANGED, Kind.ESTIMATE, estimate_id, after.name or UNNAMED)
    if not audit.has_like(db, user.organisation, entry, now - CHANGES_APART):
        audit.add_entry(db, user.organisation, entry)


def record_hosts(
    db: Database, organisation: str, now: datetime, deed: Deed, kind: Kind, thing: str, label: str
) -> None:
    """Tell that whoever hosts the desk did this by a command; call it inside `writing`."""
    entry = Entry(now, None, HOST, deed, kind, thing, shown_label(label), COMMAND, "")
    audit.add_entry(db, organisation, entry)


def record_own(db: Database, organisation: str, now: datetime, deed: Deed, kind: Kind, thing: str, label: str) -> None:
    """Tell that the desk did this without being asked; call it inside `writing`."""
    entry = Entry(now, None, ITSELF, deed, kind, thing, shown_label(label), UNASKED, "")
    audit.add_entry(db, organisation, entry)


def _entry(user: User, now: datetime, deed: Deed, kind: Kind, thing: str, label: str) -> Entry:
    way = "token" if user.token else "session" if user.session else "open desk"
    return Entry(now, user.id, user.name, deed, kind, thing, shown_label(label), way, user.address)

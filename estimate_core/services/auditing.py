"""The audit log: what is done is told in the transaction that does it, so that neither is there without the other."""

from datetime import datetime

from estimate_core.domain.audit import Deed, Entry, Kind
from estimate_core.domain.people import User
from estimate_core.storage import audit
from estimate_core.storage.database import Database

COMMAND = "command line"
"""The door of who hosts the desk."""


def record(db: Database, user: User, now: datetime, deed: Deed, kind: Kind, thing: str, label: str = "") -> None:
    """Tell that a person did this to the thing of that id; call it inside `writing`."""
    way = "token" if user.token else "session" if user.session else "open desk"
    entry = Entry(now, user.id, user.name, deed, kind, thing, label, way, user.address)
    audit.add_entry(db, user.organisation, entry)


def record_hosts(
    db: Database, organisation: str, now: datetime, deed: Deed, kind: Kind, thing: str, label: str
) -> None:
    """Tell that whoever hosts the desk did this by a command; call it inside `writing`."""
    entry = Entry(now, None, "whoever hosts", deed, kind, thing, label, COMMAND, "")
    audit.add_entry(db, organisation, entry)

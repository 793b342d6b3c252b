"""The audit log: who did what to which object, when and from where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from estimate_core.domain.text import one_line

MAX_LABEL = 120


class Deed(StrEnum):
    """What was done, as the log says it after the person's name."""

    SIGNED_IN = "signed in"
    SIGNED_OUT = "signed out"
    ENDED_SESSION = "ended a session of"
    CHANGED_PASSWORD = "changed the password of"
    CREATED = "created"
    INVITED = "invited"
    ACCEPTED = "accepted the invitation of"
    WITHDREW = "withdrew"
    CHANGED = "changed"
    RENAMED = "renamed"
    COPIED = "copied"
    DELETED = "deleted"
    RESTORED = "restored"
    REMOVED = "removed"
    DISABLED = "disabled"
    ENABLED = "enabled"
    UPLOADED = "uploaded"
    RETIRED = "retired"
    ASKED_FOR = "asked for"
    CANCELLED = "cancelled"
    RETRIED = "tried again"
    MADE_AGAIN = "made again"
    DOWNLOADED = "downloaded"
    DISMISSED = "dismissed"
    CLEANED = "cleaned"
    EXPORTED = "exported"
    PAUSED = "paused"
    RESUMED = "resumed"
    TESTED = "tested"
    RENEWED = "renewed the secret of"


class Kind(StrEnum):
    """What kind of thing it was done to."""

    ORGANISATION = "organisation"
    PERSON = "person"
    SESSION = "session"
    INVITATION = "invitation"
    TOKEN = "token"
    SCHEDULE = "schedule"
    ESTIMATE = "estimate"
    PROFILE = "charge profile"
    OFFICE = "office and signatures"
    JOB = "job"
    FILE = "file"
    CHANNEL = "channel"
    STORAGE = "storage"
    LOG = "audit log"


@dataclass(frozen=True)
class Entry:
    """A line of the log; `object` is an id, `label` what people know it by, `way` the door that was used.

    `user` is None where whoever hosts the desk, or the desk itself, did it. `number` tells lines apart that are kept.
    """

    at: datetime
    user: str | None
    name: str
    deed: Deed
    kind: Kind
    object: str
    label: str
    way: str
    address: str
    number: int = 0


@dataclass(frozen=True)
class AuditFilter:
    """Which lines are wanted; None or nothing: any.

    `person` is the id of a user, or the name of who is none; `since` is the first moment, `until` the first one after;
    `text` is what the object's name or id, the person's name or the address hold, in any case.
    """

    person: str | None = None
    kind: Kind | None = None
    deed: Deed | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


def shown_label(text: str) -> str:
    """What a line calls its object: in one line of 120 characters at most."""
    label = one_line(text)
    return label if len(label) <= MAX_LABEL else label[: MAX_LABEL - 1].rstrip() + "\u2026"

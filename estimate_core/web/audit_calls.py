"""The operations of the API that read the audit log, and what is sent and answered there."""

from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from estimate_core.domain.audit import AuditFilter, Deed, Kind
from estimate_core.services import audit_log
from estimate_core.web.answers import PRIVATE
from estimate_core.web.models import Day, Paged, Sent, Time
from estimate_core.web.operations import Asked, Operation

CSV = "text/csv"
_REFUSALS = {403: "Only owners who are signed in may read it, and no token."}


class LogAsked(Sent):
    """Which lines of the audit log are asked for."""

    person: str | None = Field(default=None, description="Only what the user of this id did.")
    kind: Kind | None = Field(default=None, description="Only what was done to such things.")
    deed: Deed | None = Field(default=None, description="Only such deeds.")
    since: Day | None = Field(default=None, description="Only from this day on, in the server's time zone.")
    until: Day | None = Field(default=None, description="Only up to this day, which is among them.")
    q: str = Field(default="", description="What the object's name or id, the person's name or the address hold.")


class LogPageAsked(Paged, LogAsked):
    """Which page of the audit log is asked for."""


class LogEntry(BaseModel):
    """A line of the audit log."""

    at: Time
    user: str | None = Field(description="The id of the person; null for whoever hosts, and for the desk itself.")
    name: str = Field(description="The person's name at that time.")
    deed: Deed
    kind: Kind
    object: str = Field(description="The id of what it was done to.")
    label: str = Field(description="What people knew it by at that time.")
    way: str = Field(description="Through which door: a session, a token, an open desk, the command line.")
    address: str = Field(description="From where; empty where nothing tells it.")


class LogPage(BaseModel):
    """A page of the audit log, newest first."""

    entries: list[LogEntry]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


def list_log(asked: Asked) -> LogPage:
    """A page of the audit log."""
    query: LogPageAsked = asked.query
    page = audit_log.page_of_entries(asked.desk, asked.user, _wanted(query), query.limit, query.cursor)
    entries = [LogEntry.model_validate(entry, from_attributes=True) for entry in page.entries]
    return LogPage(entries=entries, next_cursor=page.cursor)


def download_log(asked: Asked) -> Response:
    """The audit log as a file."""
    pieces = audit_log.write_log(asked.desk, asked.user, _wanted(asked.query))
    name = f"audit-{asked.desk.now():%Y-%m-%d}.csv"
    headers = PRIVATE | {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=CSV, headers=headers)


def _wanted(query: LogAsked) -> AuditFilter:
    wanted = AuditFilter(query.person, query.kind, query.deed, text=query.q)
    return audit_log.within_days(wanted, query.since, query.until)


AUDIT_OPERATIONS = (
    Operation(
        "GET",
        "/audit",
        "list_log",
        "Read the audit log",
        list_log,
        LogPage,
        told="Who did what to which object in your organisation, newest first.",
        query=LogPageAsked,
        refusals=_REFUSALS,
    ),
    Operation(
        "GET",
        "/audit.csv",
        "download_log",
        "Download the audit log",
        download_log,
        (CSV,),
        told="All lines that are wanted, newest first, in UTF-8. That it was downloaded is told in the log.",
        query=LogAsked,
        streamed=True,
        refusals=_REFUSALS,
    ),
)

"""What programs send and are answered, as models: they validate it, and the documentation is made from them."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

from estimate_core.domain.charge_rules import MAX_ROWS
from estimate_core.domain.charges import MAX_LUMP_SUMS
from estimate_core.domain.estimate import MAX_LINES
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.office import MAX_FIELD

MAX_PAGE, PAGE = 200, 50
"""How many entries a page of a list has at most, and where nothing is asked."""

_DAY = re.compile(r"(199\d|2\d{3})-\d{2}-\d{2}", re.ASCII)
EstimateType = Literal["generate_output_excel", "generate_estimate_excel", "generate_estimate_pdf"]


def _number_text(value: object) -> object:
    """A number as it is written, for the domain to read: through floats 0.1 would not stay 0.1."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str):
        return value
    raise PydanticCustomError("number", "must be a number, like 12.5")


def _page_size(text: object) -> object:
    digits = str(text)
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10 and 1 <= int(digits) <= MAX_PAGE):
        raise PydanticCustomError("page", f"must be a whole number from 1 to {MAX_PAGE}")
    return int(digits)


def _day(text: object) -> object:
    try:
        # The spelling first: a date may be written in other ways too.
        return date.fromisoformat(_DAY.fullmatch(str(text))[0])  # type: ignore[index]
    except (TypeError, ValueError):
        raise PydanticCustomError("day", "must be a day of 1990 to 2999, like 2026-11-24") from None


def _switch(text: object) -> object:
    if text not in ("true", "false"):
        raise PydanticCustomError("switch", "must be true or false")
    return text == "true"


Time = Annotated[
    datetime,
    PlainSerializer(lambda time: time.isoformat(), return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Number = Annotated[
    str,
    BeforeValidator(_number_text),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string"}]}, mode="validation"),
]
"""A number, or the same as text, such as 12.5 or "1,20,000.50"; text here, exactly as it was written."""
Limit = Annotated[
    int, BeforeValidator(_page_size), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE})
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Switch = Annotated[bool, BeforeValidator(_switch), WithJsonSchema({"type": "boolean"})]


class Sent(BaseModel):
    """What is sent: a field that is not known is refused, since it would be lost without a word."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Sent):
    """Where nothing is asked for."""


class NewLine(Sent):
    """A line of an estimate."""

    item: str = Field(description="The item: its name or its code in any case, or `row:123`, the row of its heading.")
    quantity: Number = Field(description="How much: 0 or more, at most 4 decimals, below 10 crore.")
    unit: str = Field(default="", description="Another unit than the item's, at most 20 characters.")


class NewLumpSum(Sent):
    """A lump-sum provision."""

    name: str = Field(description="What for: the words after `L.S. Provision towards`.")
    amount: Number = Field(description="Rupees; 0 leaves the provision out.")


class NewCharges(Sent):
    """The charges below the items."""

    profile: str = Field(default="standard", description="The id or the name of a charge profile.")
    values: dict[str, Number] = Field(
        default={},
        max_length=MAX_ROWS,
        description="Percentages or rupees by the key of their row in the profile; 0 leaves the row out.",
        examples=[{"tp": 4.5}],
    )
    lump_sums: list[NewLumpSum] = Field(default=[], max_length=MAX_LUMP_SUMS, description="In order.")
    grand_total: Number | None = Field(
        default=None, description="The rupees that the estimate is fitted to; the balance goes to unforeseen items."
    )


class NewCover(Sent):
    """The cover of the workbook."""

    shown: StrictBool = Field(default=True, description="Whether the workbook begins with a cover.")
    head_of_account: str = Field(default="", description=f"At most {MAX_FIELD} characters, as the next two.")
    work_id: str = ""
    place: str = ""


class NewJob(Sent):
    """An estimate to be made into a file."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "schedule": "00000000-0000-4000-8000-000000000000",
                    "lines": [{"item": "row:7", "quantity": 12.5}],
                    "work_name": "Wiring of the clinic",
                }
            ]
        }
    )

    schedule: str = Field(description="The id of a schedule, from `GET /api/schedules`.")
    lines: list[NewLine] = Field(min_length=1, max_length=MAX_LINES, description="The lines, in order.")
    work_name: str = Field(default="", description="The name of the work, at most 2,000 characters.")
    work_type: Literal["original", "repair"] = Field(
        default="original", description="In repair work, prefixes stand before specifications."
    )
    type: EstimateType = Field(
        default="generate_output_excel",
        description="The estimate with its rate analyses as a workbook, without them, or as a PDF.",
    )
    charges: NewCharges = Field(default=NewCharges(), description="Left out: those of the Standard profile.")
    grouped: StrictBool = Field(default=False, description="Whether lines are printed by groups with subtotals.")
    cover: NewCover = Field(default=NewCover(), description="Left out: a cover that says no more than name and amount.")


class Paged(Sent):
    """Which page of a list is asked for."""

    limit: Limit = Field(default=PAGE, description="How many entries the page has at most.")
    cursor: str | None = Field(default=None, description="`next_cursor` of the page before; left out: the first.")


class JobsAsked(Paged):
    """Which jobs are asked for."""

    status: Status | None = Field(default=None, description="Only jobs in this state.")
    type: JobType | None = Field(default=None, description="Only jobs of this type.")
    mine: Switch = Field(default=False, description="Only jobs that you asked for.")


class ItemsAsked(Paged):
    """Which items are asked for."""

    q: str = Field(default="", description="Words that name, code or specification hold, in any order and case.")
    group: str = Field(default="", description="Only items of the group of exactly this name.")


class Refusal(BaseModel):
    """Why it was not done, in a sentence that says what to do; one on each line where there are several."""

    error: str


class JobAccepted(BaseModel):
    """A job that was queued, or the job of before where its key was sent before."""

    job_id: str
    status_url: str = Field(description="Ask it how far the job is, about each second.")
    message: str


class FileOfJob(BaseModel):
    """A file that a job made."""

    id: str
    filename: str
    file_type: Literal["xlsx", "pdf"]
    size: int = Field(description="In bytes.")
    download_url: str


class JobStatus(BaseModel):
    """How far a job is."""

    id: str
    type: JobType
    status: Status
    progress: int = Field(description="Percent.", ge=0, le=100)
    current_step: str
    started_at: Time | None
    completed_at: Time | None
    error_message: str = Field(description="Why it failed, in a sentence; else empty.")
    outputs: list[FileOfJob]
    queue_position: int | None = Field(description="Where it stands in the queue: 1 is next; null unless it waits.")
    seconds_to_wait: float | None = Field(description="About how long until it begins; null where nothing tells it.")
    is_complete: bool = Field(description="Whether nothing more will happen to it.")


class JobEntry(BaseModel):
    """A job in a list."""

    id: str
    type: JobType
    status: Status
    progress: int = Field(description="Percent.", ge=0, le=100)
    current_step: str
    work_name: str
    lines: int
    schedule: str = Field(description="The id of the schedule; empty where there is none.")
    attempts: int
    created_at: Time
    started_at: Time | None
    completed_at: Time | None
    error_message: str
    is_complete: bool
    status_url: str


class JobList(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobEntry]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


class FileEntry(FileOfJob):
    """A file in a list."""

    job_id: str
    downloads: int
    created_at: Time
    removed_at: Time | None = Field(description="When it was deleted, kept long enough; null while there.")


class FileList(BaseModel):
    """A page of files, newest first."""

    outputs: list[FileEntry]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


class ScheduleEntry(BaseModel):
    """A schedule that can be chosen."""

    id: str
    title: str
    category: str
    edition: str
    filename: str
    items: int = Field(description="How many items can be picked.")
    groups: int
    errors: int = Field(description="How many errors the reader noticed; as the next two.")
    warnings: int
    notes: int
    is_sample: bool
    created_at: Time
    items_url: str


class ScheduleList(BaseModel):
    """The schedules that can be chosen: samples first, then the newest."""

    schedules: list[ScheduleEntry]


class ItemEntry(BaseModel):
    """An item that can be picked."""

    row: int = Field(description="The row of its heading; `row:<this>` names the item in a line.")
    name: str
    code: str
    specification: str
    group: str
    unit: str
    prefix: str = Field(description="What stands before the specification in repair work.")
    rate: Decimal = Field(description="Rupees for one unit, as text.")


class ItemList(BaseModel):
    """A page of items."""

    items: list[ItemEntry]
    next_cursor: str | None = Field(description="Where the next page begins; null at the end.")


class ProfileRow(BaseModel):
    """A row of charges."""

    key: str
    label: str
    kind: Literal["percent", "fixed", "sum", "balance"]
    value: Decimal | None = Field(description="The percentage or the rupees, as text; null where none is typed.")
    on: bool = Field(description="Whether it takes part; a value that is sent switches it on.")


class ProfileEntry(BaseModel):
    """A charge profile."""

    id: str
    name: str
    rows: list[ProfileRow]


class ProfileList(BaseModel):
    """The charge profiles: those that come with the program, then your organisation's own."""

    profiles: list[ProfileEntry]

"""Jobs: one piece of background work each, with a state, a progress and steps; and the files that they made."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """The states of a job; changed only by compare-and-swap on the job's row."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobType(StrEnum):
    """What a job makes."""

    OUTPUT = "generate_output_excel"
    ESTIMATE = "generate_estimate_excel"
    PDF = "generate_estimate_pdf"
    READ = "read_schedule"
    FINDINGS = "mark_findings"
    COMPARISON = "compare_schedules"


TITLES = {
    JobType.OUTPUT: "Estimate + Datas",
    JobType.ESTIMATE: "Estimate",
    JobType.PDF: "Estimate PDF",
    JobType.READ: "Schedule read",
    JobType.FINDINGS: "Findings",
    JobType.COMPARISON: "Comparison",
}
"""The words of the buttons and lists for each type."""

OF_ESTIMATES = (JobType.OUTPUT, JobType.ESTIMATE, JobType.PDF)
"""The types that make files of an estimate."""
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
"""What a browser is told of a file with that ending."""
ACTIVE = (Status.QUEUED, Status.RUNNING)


@dataclass(frozen=True)
class Step:
    """A step that a job reached: percent 0-100, its words, when, and in which attempt (1 is the first)."""

    percent: int
    text: str
    at: datetime
    attempt: int = 1


@dataclass(frozen=True)
class Output:
    """A file that a job made; `size` in bytes."""

    id: str
    job: str
    organisation: str
    filename: str
    file_type: str
    size: int
    downloads: int
    created: datetime


@dataclass(frozen=True)
class Job:
    """A job's row as people see it; times are UTC."""

    id: str
    organisation: str
    user: str
    type: JobType
    status: Status
    progress: int
    step: str
    steps: tuple[Step, ...]
    work_name: str
    estimate: str
    schedule: str
    lines: int
    result: dict[str, object]
    error_message: str
    error_log: str
    attempts: int
    created: datetime
    started: datetime | None
    completed: datetime | None

    @property
    def is_refused(self) -> bool:
        """True where a workbook was refused: trying again would give the same refusal."""
        return self.status is Status.FAILED and "findings" in self.result

    @property
    def is_complete(self) -> bool:
        """True once nothing more will happen to the job."""
        return self.status not in ACTIVE

    @property
    def is_cancel_asked(self) -> bool:
        """True while the job runs on although a person asked it to stop."""
        return bool(self.result.get("cancel_asked"))

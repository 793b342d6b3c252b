"""The operations of the API: each calls one use case and shapes its answer."""

from hashlib import sha256

from starlette.responses import RedirectResponse, Response

from estimate_core.domain.job import MEDIA_TYPES, Job, JobType, Output, Status
from estimate_core.domain.office import Cover
from estimate_core.domain.schedule import Item
from estimate_core.services import downloads, jobs, listing, profiles, schedules
from estimate_core.services.listing import JobFilter, Kept
from estimate_core.services.schedules import ScheduleCard
from estimate_core.services.submitting import Key, WrittenCharges, WrittenEstimate, WrittenLine, submit_written
from estimate_core.web import models
from estimate_core.web.answers import PRIVATE
from estimate_core.web.audit_calls import AUDIT_OPERATIONS
from estimate_core.web.operations import Asked, Operation
from estimate_core.web.parts import FileAnswer

_ACCEPTED = "The job is queued. Ask status_url how far it is; its files are named there once it is complete."
_NO_JOB = {404: "There is no such job."}
_NO_SCHEDULE = {404: "There is no such schedule."}


def create_job(asked: Asked) -> models.JobAccepted:
    """Queue a job for the estimate in the body."""
    new: models.NewJob = asked.body
    content = sha256(new.model_dump_json().encode()).hexdigest()
    key = Key(asked.key, content) if asked.key else None
    return _accepted(submit_written(asked.desk, asked.user, _written(new), JobType(new.type), key))


def list_jobs(asked: Asked) -> models.JobList:
    """A page of jobs."""
    query: models.JobsAsked = asked.query
    wanted = JobFilter(query.status, query.type, asked.user.id if query.mine else None)
    page = listing.page_of_jobs(asked.desk, asked.user, wanted, query.limit, query.cursor)
    return models.JobList(jobs=[_entry(job) for job in page.entries], next_cursor=page.cursor)


def show_status(asked: Asked) -> models.JobStatus:
    """How far a job is."""
    return _status(asked, jobs.get_job(asked.desk, asked.user, asked.path["job_id"]))


def cancel_job(asked: Asked) -> models.JobStatus:
    """Cancel a job."""
    return _status(asked, jobs.cancel_job(asked.desk, asked.user, asked.path["job_id"]))


def retry_job(asked: Asked) -> models.JobStatus:
    """Try a failed job again."""
    return _status(asked, jobs.retry_job(asked.desk, asked.user, asked.path["job_id"]))


def make_again(asked: Asked) -> models.JobAccepted:
    """Make the file of a job again."""
    return _accepted(downloads.make_again(asked.desk, asked.user, asked.path["job_id"]))


def list_outputs(asked: Asked) -> models.FileList:
    """A page of files."""
    query: models.Paged = asked.query
    page = listing.page_of_outputs(asked.desk, asked.user, query.limit, query.cursor)
    return models.FileList(outputs=[_file_entry(kept) for kept in page.entries], next_cursor=page.cursor)


def download_output(asked: Asked) -> Response:
    """A file, under its name."""
    download = downloads.open_output(asked.desk, asked.user, asked.path["output_id"], asked.begins)
    if isinstance(download.reach, str):
        return RedirectResponse(download.reach, 302, PRIVATE)
    output = download.output
    return FileAnswer(
        download.reach, media_type=MEDIA_TYPES[output.file_type], filename=output.filename, headers=PRIVATE
    )


def list_schedules(asked: Asked) -> models.ScheduleList:
    """The schedules that can be chosen."""
    cards = schedules.list_schedules(asked.desk, asked.user)
    return models.ScheduleList(schedules=[_schedule(card) for card in cards])


def list_items(asked: Asked) -> models.ItemList:
    """A page of a schedule's items."""
    query: models.ItemsAsked = asked.query
    schedule_id = asked.path["schedule_id"]
    page = listing.page_of_items(asked.desk, asked.user, schedule_id, query.q, query.group, query.limit, query.cursor)
    return models.ItemList(items=[_item(item) for item in page.entries], next_cursor=page.cursor)


def list_profiles(asked: Asked) -> models.ProfileList:
    """The charge profiles that can be chosen."""
    offered = profiles.list_profiles(asked.desk, asked.user)
    return models.ProfileList.model_validate({"profiles": offered}, from_attributes=True)


def _written(new: models.NewJob) -> WrittenEstimate:
    charges = new.charges
    return WrittenEstimate(
        schedule=new.schedule,
        lines=tuple(WrittenLine(line.item, line.quantity, line.unit) for line in new.lines),
        work_name=new.work_name,
        work_type=new.work_type,
        charges=WrittenCharges(
            profile=charges.profile,
            values=charges.values,
            lump_sums=tuple((provision.name, provision.amount) for provision in charges.lump_sums),
            grand_total=charges.grand_total or "",
        ),
        grouped=new.grouped,
        cover=Cover(**new.cover.model_dump()),
    )


def _accepted(job: Job) -> models.JobAccepted:
    return models.JobAccepted(job_id=job.id, status_url=_status_url(job), message=_ACCEPTED)


def _status_url(job: Job) -> str:
    return f"/api/jobs/{job.id}/status"


def _status(asked: Asked, job: Job) -> models.JobStatus:
    # Asked each second by many: each state is looked up for what it can have.
    made = jobs.list_outputs(asked.desk, asked.user, job.id) if job.status is Status.COMPLETED else []
    place = jobs.find_queue_place(asked.desk, asked.user, job.id) if job.status is Status.QUEUED else None
    return models.JobStatus(
        id=job.id,
        type=job.type,
        status=job.status,
        progress=job.progress,
        current_step=job.step,
        started_at=job.started,
        completed_at=job.completed,
        error_message=job.error_message,
        outputs=[_file(output) for output in made],
        queue_position=place.place if place else None,
        seconds_to_wait=place.wait.total_seconds() if place and place.wait is not None else None,
        is_complete=job.is_complete,
    )


def _entry(job: Job) -> models.JobEntry:
    return models.JobEntry(
        id=job.id,
        type=job.type,
        status=job.status,
        progress=job.progress,
        current_step=job.step,
        work_name=job.work_name,
        lines=job.lines,
        schedule=job.schedule,
        attempts=job.attempts,
        created_at=job.created,
        started_at=job.started,
        completed_at=job.completed,
        error_message=job.error_message,
        is_complete=job.is_complete,
        status_url=_status_url(job),
    )


def _file(output: Output) -> models.FileOfJob:
    return models.FileOfJob.model_validate(_file_fields(output))


def _file_entry(kept: Kept) -> models.FileEntry:
    output = kept.output
    more = {"job_id": output.job, "downloads": output.downloads, "created_at": output.created}
    return models.FileEntry.model_validate(_file_fields(output) | more | {"removed_at": kept.removed})


def _file_fields(output: Output) -> dict[str, object]:
    return {
        "id": output.id,
        "filename": output.filename,
        "file_type": output.file_type,
        "size": output.size,
        "download_url": f"/api/outputs/{output.id}/download",
    }


def _schedule(card: ScheduleCard) -> models.ScheduleEntry:
    more = {"title": card.title, "created_at": card.created, "items_url": f"/api/schedules/{card.id}/items"}
    return models.ScheduleEntry.model_validate(vars(card) | more)


def _item(item: Item) -> models.ItemEntry:
    return models.ItemEntry.model_validate(item, from_attributes=True)


OPERATIONS = (
    Operation(
        "POST",
        "/jobs",
        "create_job",
        "Make an estimate into a file",
        create_job,
        models.JobAccepted,
        told=(
            "The estimate is written out in the body and need not be saved. Lines that cannot be used are told all at "
            "once, each with its number. Sent again with the same Idempotency-Key and body, the same job is answered."
        ),
        status=202,
        body=models.NewJob,
        keyed=True,
        refusals={
            404: "There is no such schedule or charge profile.",
            409: "The key was sent before with another body, or the schedule was retired.",
        },
    ),
    Operation(
        "GET",
        "/jobs",
        "list_jobs",
        "List jobs",
        list_jobs,
        models.JobList,
        told="Your organisation's jobs, newest first.",
        query=models.JobsAsked,
    ),
    Operation(
        "GET",
        "/jobs/{job_id}/status",
        "show_status",
        "Tell how far a job is",
        show_status,
        models.JobStatus,
        refusals=_NO_JOB,
    ),
    Operation(
        "POST",
        "/jobs/{job_id}/cancel",
        "cancel_job",
        "Cancel a job",
        cancel_job,
        models.JobStatus,
        told="A queued job is cancelled at once; a running one is asked to stop and is cancelled soon after.",
        refusals=_NO_JOB | {409: "The job is complete already."},
    ),
    Operation(
        "POST",
        "/jobs/{job_id}/retry",
        "retry_job",
        "Try a failed job again",
        retry_job,
        models.JobStatus,
        told="The job is queued again as if it were new.",
        refusals=_NO_JOB | {409: "The job has not failed."},
    ),
    Operation(
        "POST",
        "/jobs/{job_id}/again",
        "make_again",
        "Make the file of a job again",
        make_again,
        models.JobAccepted,
        told="A new job for what that one was asked to make, on the same edition, whatever changed since.",
        status=202,
        refusals=_NO_JOB | {409: "The job is not complete, or it read a schedule."},
    ),
    Operation(
        "GET",
        "/outputs",
        "list_outputs",
        "List files",
        list_outputs,
        models.FileList,
        told="The files that your organisation's jobs made, newest first.",
        query=models.Paged,
    ),
    Operation(
        "GET",
        "/outputs/{output_id}/download",
        "download_output",
        "Download a file",
        download_output,
        tuple(MEDIA_TYPES.values()),
        told=(
            "Parts of it are sent where the header Range asks for them. Each download is counted at its beginning. "
            "Where files are kept in a store elsewhere, the answer is 302 and leads there by a link that expires soon."
        ),
        refusals={404: "There is no such file, or it is no longer there, or it is not what was made."},
    ),
    Operation(
        "GET",
        "/schedules",
        "list_schedules",
        "List schedules",
        list_schedules,
        models.ScheduleList,
        told="Those that can be chosen: samples first, then the newest.",
    ),
    Operation(
        "GET",
        "/schedules/{schedule_id}/items",
        "list_items",
        "List or search the items of a schedule",
        list_items,
        models.ItemList,
        told="Items that can be picked, in the schedule's order; those with all words in the name first.",
        query=models.ItemsAsked,
        refusals=_NO_SCHEDULE,
    ),
    Operation(
        "GET",
        "/profiles",
        "list_profiles",
        "List charge profiles",
        list_profiles,
        models.ProfileList,
        told="Those that come with the program, then your organisation's own.",
    ),
    *AUDIT_OPERATIONS,
)

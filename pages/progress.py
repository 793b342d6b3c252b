"""A job as it goes on: bar, steps, files; in a dialog that may be closed without stopping anything."""

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import quote

import streamlit as st

from estimate_core.domain.errors import NotFound
from estimate_core.domain.job import Job, JobType, Output, Status
from estimate_core.domain.people import User
from estimate_core.services import downloads, jobs
from estimate_core.services.downloads import SENTENCES, FileState
from estimate_core.services.jobs import Desk, QueuePlace
from pages.frame import PAGES, close_dialog, dialog_about, guarded, open_dialog, show_refusal
from pages.parts import show_dialog, show_part
from pages.roles import can_write
from pages.words import clock_time, counted, duration_text, escaped, local_time, ordinal, shortened, size_text

_KIND = "job"
_PLACE = "job"
OPEN_SCHEDULE = "schedule"
"""Where the session keeps the id of the schedule that the page of schedules shows."""
_POLL = 0.4
_TITLES = {
    JobType.OUTPUT: "Generating output estimate",
    JobType.ESTIMATE: "Generating estimate",
    JobType.PDF: "Generating estimate PDF",
    JobType.READ: "Reading the schedule",
    JobType.FINDINGS: "Marking the findings",
    JobType.COMPARISON: "Comparing the editions",
}
_HOW_TO_START = {
    "embedded": "The program starts one by itself; where none comes within a minute, start the program anew, or a "
    "worker in its folder with `python queue_worker.py`.",
    "external": "Start one in the program's folder with `python queue_worker.py`.",
}

Details = Callable[[Job], None]


def watch(job_id: str) -> None:
    """Have the dialog of a job open from the next run on."""
    open_dialog(_KIND, job_id)


def watch_from_part(job_id: str) -> None:
    """`watch` for a callback of a fragment, whose run would not show the dialog."""
    watch(job_id)
    st.rerun()


def show_watched_job(desk: Desk, user: User, details: Details | None = None) -> None:
    """The dialog of the job that is watched, if any; `details` shows more of it."""
    job_id = dialog_about(_KIND)
    if isinstance(job_id, str):
        try:
            job = jobs.get_job(desk, user, job_id)
        except NotFound:
            # Of the organisation that the person looked at before.
            close_dialog()
            return
        title = escaped(shortened(job.work_name, 60)) if details and job.work_name else _TITLES[job.type]
        show_dialog(desk, user, title, partial(_show_dialog, desk, user, job, details), width="medium")


def _show_dialog(desk: Desk, user: User, job: Job, details: Details | None) -> None:
    show_part(desk, user, partial(_show_panel, desk, user, job, details), None if job.is_complete else _POLL)


def _show_panel(desk: Desk, user: User, job: Job, details: Details | None) -> None:
    was_complete, job = job.is_complete, jobs.get_job(desk, user, job.id)
    if job.is_complete is not was_complete:
        # The whole page: it may show the job too, and only a whole run starts or ends the polling.
        st.rerun()
    show_refusal(_PLACE)
    _show_state(desk, user, job)
    _show_steps(job)
    if details:
        details(job)
    elif st.button("Open in Jobs", icon=":material/open_in_new:", key="open in jobs", type="tertiary"):
        close_dialog()
        st.switch_page(st.session_state[PAGES]["jobs"])


def _show_state(desk: Desk, user: User, job: Job) -> None:
    if not job.is_complete:
        _show_running(desk, user, job)
    elif job.status is Status.FAILED:
        _show_failure(desk, user, job)
    elif job.status is Status.CANCELLED:
        st.info("Cancelled. Nothing was made.", icon=":material/cancel:")
        _offer_again(desk, user, job)
    elif job.type is JobType.READ:
        _show_schedule_read(job)
    else:
        st.success(f"Ready in {time_taken(job)}", icon=":material/check_circle:")
        _show_made(desk, user, job)


def _show_running(desk: Desk, user: User, job: Job) -> None:
    place = jobs.find_queue_place(desk, user, job.id) if job.status is Status.QUEUED else None
    step = escaped(place_text(place) if place else job.step or "Waiting for the worker...")
    st.progress(job.progress, f"{job.progress} % \u00b7 {step}")
    show_missing_worker(desk)
    st.caption("You can close this: it goes on, and Jobs shows it.")
    if not can_write(user):
        return
    st.button(
        "Cancel the job",
        icon=":material/stop_circle:",
        key=f"cancel {job.id}",
        type="tertiary",
        on_click=guarded(_PLACE, jobs.cancel_job),
        args=(desk, user, job.id),
    )


def show_missing_worker(desk: Desk) -> None:
    """Where no worker lives: since when, and how to start one."""
    health = jobs.worker_health(desk)
    if health.alive:
        return
    since = f" since {local_time(health.last_seen)}" if health.last_seen else ""
    st.warning(
        f"No worker is running{since}, so jobs wait. {_HOW_TO_START[desk.settings.worker]} What waits then goes on by "
        "itself.",
        icon=":material/power_off:",
    )


def place_text(place: QueuePlace) -> str:
    """`3rd in the queue, about 40 s`."""
    stands = "Next in the queue" if place.place == 1 else f"{ordinal(place.place)} in the queue"
    return stands + (f", about {duration_text(place.wait)}" if place.wait else "")


def _show_schedule_read(job: Job) -> None:
    found = counts_text(job.result)
    st.success(f"Read in {time_taken(job)}" + (f": {found}" if found else ""), icon=":material/check_circle:")
    if st.button("Open Schedules", icon=":material/menu_book:", key="to schedules", type="primary"):
        st.session_state[OPEN_SCHEDULE] = job.result["schedule"]
        close_dialog()
        st.switch_page(st.session_state[PAGES]["schedules"])


def counts_text(result: Mapping[str, object]) -> str:
    """`40 items, 2 warnings`: what a reading found."""
    kinds = (("items", "item"), ("errors", "error"), ("warnings", "warning"), ("notes", "note"))
    counts = [(number, one) for key, one in kinds if isinstance(number := result.get(key), int) and number]
    return ", ".join(counted(number, one, f"{one}s") for number, one in counts)


def time_taken(job: Job) -> str:
    """From the press of the button to the end."""
    return duration_text(job.completed - job.created) if job.completed else ""


def _show_failure(desk: Desk, user: User, job: Job) -> None:
    st.error(escaped(job.error_message), icon=":material/error:")
    st.caption(f"Reference: job {job.id[:8]}")
    if job.is_refused or not can_write(user):
        return
    st.button(
        "Try again",
        icon=":material/refresh:",
        key=f"retry {job.id}",
        type="primary",
        on_click=guarded(_PLACE, jobs.retry_job),
        args=(desk, user, job.id),
    )


def _show_made(desk: Desk, user: User, job: Job) -> None:
    """The files of a job, each with its size and its download; what is not whole is told, and made again on demand."""
    files = downloads.list_files(desk, user, job.id)
    for made in files:
        with st.container(horizontal=True, vertical_alignment="center"):
            icon = ":material/picture_as_pdf:" if made.output.file_type == "pdf" else ":material/table_view:"
            st.markdown(icon, width="content")
            st.text(f"{made.output.filename}  \u00b7  {size_text(made.output.size)}", width="stretch")
            if made.state is FileState.WHOLE:
                show_download(made.output)
    lost = {made.state for made in files} - {FileState.WHOLE}
    for state in sorted(lost):
        st.warning(escaped(SENTENCES[state]), icon=":material/report:")
    if lost:
        _offer_again(desk, user, job)


def _offer_again(desk: Desk, user: User, job: Job) -> None:
    if job.type is JobType.READ or not can_write(user):
        return
    st.button(
        "Make again",
        icon=":material/refresh:",
        key=f"again {job.id}",
        type="primary",
        on_click=guarded(_PLACE, _make_again),
        args=(desk, user, job.id),
    )


def _make_again(desk: Desk, user: User, job_id: str) -> None:
    watch_from_part(downloads.make_again(desk, user, job_id).id)


def show_download(output: Output) -> None:
    """A link that looks like a button: the browser keeps this page and saves the file under its own name."""
    # A link button would open a second tab; a download button would serve the file without asking whose it is.
    st.html(f'<a class="download" download href="{download_path(output)}">Download</a>', width="content")


def download_path(output: Output) -> str:
    """Where our own route serves a file, after asking whose it is."""
    return f"/api/outputs/{quote(output.id)}/download"


def _show_steps(job: Job) -> None:
    with st.container(gap="xxsmall"):
        for step in job.steps:
            attempt = f"  (attempt {step.attempt})" if step.attempt > 1 else ""
            at = clock_time(step.at, seconds=True)
            st.caption(escaped(f"{at} \u2003 {step.percent} % \u2003 {step.text}{attempt}"))

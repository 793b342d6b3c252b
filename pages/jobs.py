"""The Jobs page: the organisation's jobs, newest first, live while any is active."""

from functools import partial
from urllib.parse import quote

import streamlit as st

from estimate_core.domain.errors import NotFound
from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.job import TITLES, Job, JobType, Output, Status
from estimate_core.domain.people import User
from estimate_core.services import jobs, schedules, uploads
from estimate_core.services.jobs import Desk
from estimate_core.workbook.tables import table_of
from pages.frame import show_way
from pages.progress import NO_WORKER, download_path, show_watched_job, time_taken, watch
from pages.words import counted, local_time, shortened, size_text

_POLL = 1.0
_IDLE_POLL = 5.0
"""Seconds between two looks while no job is active, since one may be started elsewhere."""
_ALL = "all"
_COLOURS = {
    Status.QUEUED: "gray",
    Status.RUNNING: "blue",
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "orange",
}
_FILES = "files of jobs"


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    st.header("Jobs")
    active = any(not job.is_complete for job in jobs.list_jobs(desk, user))
    st.fragment(_show_list, run_every=_POLL if active else _IDLE_POLL)(desk, user, active)
    show_watched_job(desk, user, details=partial(_show_inputs, desk, user))


def _show_list(desk: Desk, user: User, was_active: bool) -> None:
    listed = jobs.list_jobs(desk, user)
    if was_active is all(job.is_complete for job in listed):
        # The whole page: only a whole run changes how often the list is looked at.
        st.rerun()
    if not listed:
        _show_empty()
        return
    if was_active and not jobs.worker_health(desk).alive:
        st.warning(NO_WORKER, icon=":material/power_off:")
    states = [_ALL, *(str(status) for status in Status)]
    state = st.segmented_control(
        "State",
        states,
        default=_ALL,
        required=True,
        format_func=str.capitalize,
        key="state",
        label_visibility="collapsed",
    )
    shown = [job for job in listed if state in (_ALL, str(job.status))]
    if shown:
        _show_table(desk, user, shown)
    else:
        st.info(f"No job is {state}.", icon=":material/filter_alt:")


def _show_empty() -> None:
    st.info("No workbook has been made yet. Pick items on Estimate and press a button there.")
    show_way("estimate", "Go to Estimate", ":material/calculate:")


def _show_table(desk: Desk, user: User, shown: list[Job]) -> None:
    column = st.column_config
    files = [_files_of(desk, user, job) for job in shown]
    table = table_of(
        ("Work", "When", "Makes", "Took", "File", "Size"),
        (_row(job, outputs) for job, outputs in zip(shown, files, strict=True)),
    )
    table.insert(1, "State", [[str(job.status)] for job in shown])
    table.insert(2, "Progress", [job.progress for job in shown])
    st.dataframe(
        table,
        key="jobs",
        hide_index=True,
        row_height=32,
        column_config={
            "Work": column.ButtonColumn(
                width=220, type="tertiary", alignment="left", key="job clicked", on_click=_open, args=(shown,)
            ),
            "State": column.MultiselectColumn(
                width=100, options=[str(status) for status in _COLOURS], color=list(_COLOURS.values())
            ),
            "Progress": column.ProgressColumn(width=110, min_value=0, max_value=100, format="%d %%"),
            "File": column.LinkColumn(width=260, display_text=r"#(.+)$"),
            "Took": column.TextColumn(width=80, alignment="right"),
            "Size": column.TextColumn(width=70, alignment="right"),
        },
        alt="Jobs, newest first",
    )


def _files_of(desk: Desk, user: User, job: Job) -> list[Output]:
    """The files of a completed job; they never change, so each is asked for once in a session."""
    if job.status is not Status.COMPLETED:
        return []
    known: dict[str, list[Output]] = st.session_state.setdefault(_FILES, {})
    if job.id not in known:
        known[job.id] = jobs.list_outputs(desk, user, job.id)
    return known[job.id]


def _row(job: Job, outputs: list[Output]) -> tuple[str, ...]:
    link, size = "", ""
    if outputs:
        link, size = f"{download_path(outputs[0])}#{quote(outputs[0].filename)}", size_text(outputs[0].size)
    name = shortened(job.work_name or UNNAMED, 120)
    return name, local_time(job.created), TITLES[job.type], time_taken(job), link, size


def _open(shown: list[Job]) -> None:
    watch(shown[st.session_state["job clicked"]["row"]].id)
    st.rerun()


def _show_inputs(desk: Desk, user: User, job: Job) -> None:
    """What a job was asked to make, when, and the log of what went wrong."""
    st.text(
        f"{_inputs(desk, user, job)}\n"
        f"Asked {local_time(job.created)}"
        + (f", started {local_time(job.started)}" if job.started else "")
        + (f", ended {local_time(job.completed)}" if job.completed else "")
        + f"; {counted(job.attempts, 'attempt', 'attempts')}"
    )
    if job.error_log:
        with st.expander("Error log"):
            st.code(job.error_log, language=None, wrap_lines=True)


def _inputs(desk: Desk, user: User, job: Job) -> str:
    if job.type is JobType.READ:
        return f"{TITLES[job.type]} from {uploads.get_upload(desk, user, job.id).filename}"
    if job.type in (JobType.FINDINGS, JobType.COMPARISON):
        return f"{TITLES[job.type]} of {job.work_name}"
    try:
        title = schedules.get_schedule_card(desk, user, job.schedule).title
    except NotFound:
        title = "a schedule that is gone"
    return f"{TITLES[job.type]} of {counted(job.lines, 'line', 'lines')} on {title}"

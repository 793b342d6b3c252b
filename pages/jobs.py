"""The Jobs page: the organisation's jobs, newest first, live while any is active; filters, and older ones by page."""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from urllib.parse import quote

import streamlit as st

from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.job import TITLES, Job, JobType, Output, Status
from estimate_core.domain.money import grouped
from estimate_core.domain.people import User
from estimate_core.services import jobs, listing, schedules, uploads
from estimate_core.services.jobs import Desk, QueuePlace
from estimate_core.services.listing import JobFilter, Page
from estimate_core.workbook.tables import table_of
from pages.frame import show_way
from pages.paging import Cursors, cursors_of, show_pages, turn_to
from pages.parts import show_part
from pages.progress import download_path, place_text, show_missing_worker, show_watched_job, time_taken, watch
from pages.roles import can_write, show_viewer_line
from pages.words import counted, local_time, shortened, size_text

_POLL = 1.0
_IDLE_POLL = 5.0
"""Seconds between two looks while no job is active, since one may be started elsewhere."""
_SHOWN = 50
_ALL, _MINE = "all", "mine"
_COLOURS = {
    Status.QUEUED: "gray",
    Status.RUNNING: "blue",
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "orange",
}
_FILES = "files of jobs"
_LIST = "jobs"
"""What the list is called where it is shown a page at a time."""


@dataclass(frozen=True)
class _Facts:
    """What the rows of the table need besides their jobs: names of people, places in the queue."""

    people: dict[str, str]
    places: dict[str, QueuePlace]


def render(desk: Desk, user: User) -> None:
    """The whole page."""
    st.header("Jobs")
    show_viewer_line(user)
    wanted = _show_filters(user)
    active = any(not job.is_complete for job in _page(desk, user, wanted).entries)
    show_list = partial(_show_list, desk, user, wanted, active)
    show_part(desk, user, show_list, _POLL if active else _IDLE_POLL)
    show_watched_job(desk, user, details=partial(_show_inputs, desk, user))


def _show_filters(user: User) -> JobFilter:
    with st.container(horizontal=True, vertical_alignment="center"):
        whose = _choice("Whose", (_ALL, _MINE), "whose")
        state = _choice("State", (_ALL, *map(str, Status)), "state")
        kind = st.selectbox(
            "Kind",
            (_ALL, *JobType),
            format_func=lambda kind: "All kinds" if kind == _ALL else TITLES[JobType(kind)],
            key="kind",
            label_visibility="collapsed",
            width=180,
            bind="query-params",
        )
    return JobFilter(
        status=None if state == _ALL else Status(state),
        type=None if kind == _ALL else JobType(kind),
        user=user.id if whose == _MINE else None,
    )


def _choice(label: str, options: tuple[str, ...], key: str) -> str:
    chosen = st.segmented_control(
        label,
        options,
        default=_ALL,
        required=True,
        format_func=str.capitalize,
        key=key,
        label_visibility="collapsed",
        width="content",
        wrap=True,
        bind="query-params",
    )
    return str(chosen)


def _page(desk: Desk, user: User, wanted: JobFilter) -> Page[Job]:
    """The page of the list that the person is at; the first one where that one is not there any more."""
    try:
        return listing.page_of_jobs(desk, user, wanted, _SHOWN, cursors_of(_LIST, wanted)[-1])
    except BadInput:
        turn_to(_LIST, wanted, [None])
        return listing.page_of_jobs(desk, user, wanted, _SHOWN)


def _show_list(desk: Desk, user: User, wanted: JobFilter, was_active: bool) -> None:
    page = _page(desk, user, wanted)
    if was_active is all(job.is_complete for job in page.entries):
        # The whole page: only a whole run changes how often the list is looked at.
        st.rerun()
    _show_workers(desk)
    if page.entries:
        _show_table(desk, user, list(page.entries))
        with st.container(horizontal=True, horizontal_alignment="center"):
            show_pages(_LIST, wanted, page.cursor, _turn)
    elif wanted == JobFilter():
        _show_empty(user)
    else:
        st.info("No job is like that. Choose other filters.", icon=":material/filter_alt:")


def _show_workers(desk: Desk) -> None:
    show_missing_worker(desk)
    workers = jobs.worker_health(desk).workers
    if workers > 1:
        st.caption(f"{workers} workers run jobs beside each other.")


def _show_empty(user: User) -> None:
    if not can_write(user):
        st.info("No workbook has been made yet. What your organisation makes is listed here to download.")
        return
    st.info("No workbook has been made yet. Pick items on Estimate and press a button there.")
    show_way("estimate", "Go to Estimate", ":material/calculate:")


def _turn(what: str, asked: object, cursors: Cursors) -> None:
    turn_to(what, asked, cursors)
    # The whole page: only a whole run changes how often the list is looked at.
    st.rerun()


def _show_table(desk: Desk, user: User, shown: list[Job]) -> None:
    column = st.column_config
    facts = _Facts(jobs.list_people(desk, user), jobs.list_queue_places(desk, user))
    files = [_files_of(desk, user, job) for job in shown]
    table = table_of(
        ("Work", "File", "Now", "Makes", "When", "Took", "Who", "Size"),
        (_row(job, outputs, facts) for job, outputs in zip(shown, files, strict=True)),
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
            "Progress": column.ProgressColumn(width=100, min_value=0, max_value=100, format="%d %%"),
            "Now": column.TextColumn(width=180),
            "File": column.LinkColumn(width=230, display_text=r"#(.+)$"),
            "Took": column.TextColumn(width=70, alignment="right"),
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


def _row(job: Job, outputs: list[Output], facts: _Facts) -> tuple[str, ...]:
    link, size = "", ""
    if outputs:
        link, size = f"{download_path(outputs[0])}#{quote(outputs[0].filename)}", size_text(outputs[0].size)
    name = shortened(job.work_name or UNNAMED, 120)
    who = facts.people.get(job.user, job.user)
    return name, link, _now(job, facts), TITLES[job.type], local_time(job.created), time_taken(job), who, size


def _now(job: Job, facts: _Facts) -> str:
    """Where a job stands: its place in the queue, its step, or why it failed."""
    if job.status is Status.QUEUED and job.id in facts.places:
        return place_text(facts.places[job.id])
    if job.status is Status.RUNNING:
        return "Stopping..." if job.is_cancel_asked else job.step
    return shortened(job.error_message, 120)


def _open(shown: list[Job]) -> None:
    watch(shown[st.session_state["job clicked"]["row"]].id)
    st.rerun()


def _show_inputs(desk: Desk, user: User, job: Job) -> None:
    """What a job was asked to make, by whom, when, and the log of what went wrong."""
    who = jobs.list_people(desk, user).get(job.user, job.user)
    st.text(
        f"{_inputs(desk, user, job)}\n"
        f"Asked by {who}, {local_time(job.created)}"
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
    total = job.result.get("grand_total")
    amount = f", grand total {grouped(Decimal(str(total)))}" if total else ""
    return f"{TITLES[job.type]} of {counted(job.lines, 'line', 'lines')} on {title}{amount}"

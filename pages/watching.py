"""Told on any page: what became of the person's own jobs, in a toast and in the title of the browser's tab."""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

import streamlit as st

from estimate_core.domain.errors import NotFound
from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.job import TITLES, Job, JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import jobs
from estimate_core.services.jobs import Desk
from pages.frame import dialog_about, page_name
from pages.parts import show_part
from pages.words import escaped, shortened

TITLE = "Estimate Desk"
_POLL, IDLE_POLL = 1.5, 8.0
"""Seconds between two looks while a job of the person's is active, and while none is: another tab may start one."""
_ACTIVE = "own active jobs"
_ENDED = "last end of an own job"
_TOLD_FOR = timedelta(minutes=10)
_ICONS = {Status.COMPLETED: ":material/check_circle:", Status.FAILED: ":material/error:"}
_WORDS = {Status.COMPLETED: "is ready; Jobs has it", Status.FAILED: "failed; Jobs says why"}


def show_own_jobs(desk: Desk, user: User) -> None:
    """Follow the person's jobs for as long as the page is open."""
    active = bool(jobs.list_active_jobs(desk, user))
    show_part(desk, user, partial(_follow, desk, user), _POLL if active else IDLE_POLL)


def _follow(desk: Desk, user: User) -> None:
    active = jobs.list_active_jobs(desk, user)
    followed: list[str] = st.session_state.get(_ACTIVE, [])
    st.session_state[_ACTIVE] = [job.id for job in active]
    for job_id in followed:
        if job_id not in st.session_state[_ACTIVE]:
            # A job of the organisation that the person looked at before is told there.
            with suppress(NotFound):
                _tell(desk, jobs.get_job(desk, user, job_id))
    st.set_page_config(page_title=_title(active, desk.now()))


def _tell(desk: Desk, job: Job) -> None:
    if job.status not in _WORDS:
        return
    st.session_state[_ENDED] = (job.status, desk.now())
    # Who looks at the job itself sees it there; uploads are told where they were handed in.
    is_seen = dialog_about("job") == job.id or (job.type is JobType.READ and page_name() == "schedules")
    if not is_seen:
        name = escaped(shortened(job.work_name or UNNAMED, 60))
        st.toast(f"{TITLES[job.type]} of **{name}** {_WORDS[job.status]}.", icon=_ICONS[job.status])


def _title(active: list[Job], now: datetime) -> str:
    """`40 % - Estimate Desk` while jobs are active, `Ready - Estimate Desk` for a while after the last one."""
    if active:
        return f"{sum(job.progress for job in active) // len(active)} % - {TITLE}"
    status, at = st.session_state.get(_ENDED, (None, now))
    if status is None or now - at > _TOLD_FOR:
        return TITLE
    return f"{'Ready' if status is Status.COMPLETED else 'Failed'} - {TITLE}"

"""Handing in a schedule: the form, the readings that go on, and what was refused with all that was noticed."""

from functools import partial

import streamlit as st

from estimate_core.domain.errors import BadInput, NotFound
from estimate_core.domain.finding import Finding
from estimate_core.domain.job import Job, Status
from estimate_core.domain.people import User
from estimate_core.services import jobs, marking, uploads
from estimate_core.services.jobs import Desk
from estimate_core.services.uploads import Upload
from pages.findings import show_findings
from pages.frame import guarded, notify, show_refusal
from pages.parts import show_part
from pages.progress import OPEN_SCHEDULE, counts_text, show_missing_worker, watch
from pages.roles import can_write, show_viewer_line
from pages.words import escaped, shortened

_PLACE = "uploads"
_POLL = 0.5
_EDITION = "upload edition"
_FOLLOWED = "uploads that were followed"


def show_upload_form(desk: Desk, user: User, expanded: bool) -> None:
    """The form that hands in a workbook, for who may."""
    if not can_write(user):
        show_viewer_line(user)
        show_refusal(_PLACE)
        return
    edition = st.session_state.get(_EDITION, 0)
    # Another key after each upload, so that the form closes and is empty again.
    with st.expander(
        "Upload a schedule", icon=":material/upload_file:", expanded=expanded, key=f"upload form {edition}"
    ):
        show_refusal(_PLACE)
        with st.form("upload", border=False, enter_to_submit=False):
            st.file_uploader(
                "Workbook with the sheets Master Datas and Groups (.xlsx or .xlsm)",
                type=["xlsx", "xlsm", "xls"],
                max_upload_size=desk.settings.max_upload_mb,
                key=f"file {edition}",
            )
            first, second = st.columns(2)
            first.text_input("Category", placeholder="Electrical", key=f"category {edition}")
            second.text_input("Edition", placeholder="2025-26", key=f"edition {edition}")
            st.form_submit_button(
                "Upload", type="primary", on_click=guarded(_PLACE, _upload), args=(desk, user, edition)
            )


def _upload(desk: Desk, user: User, edition: int) -> None:
    state = st.session_state
    file = state[f"file {edition}"]
    if file is None:
        raise BadInput(f"Choose a workbook first, of {desk.settings.max_upload_mb} MB at most, then press Upload.")
    typed = (state[f"category {edition}"], state[f"edition {edition}"])
    upload = uploads.submit_upload(desk, user, file.name, file.getvalue(), *typed)
    state[_EDITION] = edition + 1
    if upload.card:
        state[OPEN_SCHEDULE] = upload.card.id
        notify(f"This workbook was here already, as {upload.card.title}, and is offered under that name.")
    elif upload.job and not upload.is_new:
        notify(f"This workbook is being read already, as {upload.title}.")


def show_uploads(desk: Desk, user: User) -> None:
    """The workbooks that are being read, and those that were refused; polls while any is being read."""
    listed = uploads.list_uploads(desk, user)
    active = any(upload.job and not upload.job.is_complete for upload in listed)
    show_part(desk, user, partial(_show_uploads, desk, user, active), _POLL if active else None)


def _show_uploads(desk: Desk, user: User, was_active: bool) -> None:
    listed = [(upload, upload.job) for upload in uploads.list_uploads(desk, user) if upload.job]
    going = {job.id for _, job in listed if not job.is_complete}
    followed: set[str] = st.session_state.get(_FOLLOWED, set())
    st.session_state[_FOLLOWED] = going
    for job_id in followed - {job.id for _, job in listed}:
        _tell_end(jobs.get_job(desk, user, job_id))
    if followed - going or bool(going) is not was_active:
        # The whole page: it shows what was read, and only a whole run starts or ends the polling.
        st.rerun()
    if going:
        show_missing_worker(desk)
    for upload, job in listed:
        with st.container(border=True, key=f"upload_{job.id}"):
            _show_upload(desk, user, upload, job)


def _tell_end(job: Job) -> None:
    """Tell what became of a reading that was followed, and show the schedule that it gave."""
    if job.status is Status.CANCELLED:
        notify(f"Reading {job.work_name} was cancelled. Nothing was kept of it.")
    elif job.status is Status.COMPLETED:
        st.session_state[OPEN_SCHEDULE] = job.result["schedule"]
        notify(f"{job.work_name} is here: {counts_text(job.result)}.")


def _show_upload(desk: Desk, user: User, upload: Upload, job: Job) -> None:
    st.markdown(f"**{escaped(upload.title)}** &nbsp; {escaped(shortened(upload.filename, 60))}")
    if not job.is_complete:
        st.progress(job.progress, f"{job.progress} % \u00b7 {escaped(job.step) or 'Waiting for the worker...'}")
        if can_write(user):
            _show_cancel(desk, user, job)
    else:
        st.error(escaped(job.error_message), icon=":material/error:")
    show_refusal(job.id)
    if job.is_complete:
        _show_ways_on(desk, user, job, _findings(desk, user, job))


def _show_cancel(desk: Desk, user: User, job: Job) -> None:
    st.button(
        "Cancel",
        icon=":material/stop_circle:",
        key=f"cancel {job.id}",
        type="tertiary",
        on_click=guarded(job.id, jobs.cancel_job),
        args=(desk, user, job.id),
    )


def _findings(desk: Desk, user: User, job: Job) -> tuple[Finding, ...]:
    if not job.result.get("findings"):
        return ()
    try:
        return uploads.upload_findings(desk, user, job.id)
    except NotFound:
        return ()


def _show_ways_on(desk: Desk, user: User, job: Job, findings: tuple[Finding, ...]) -> None:
    if any(finding.sheet for finding in findings):  # else the sentence has said it all
        with st.expander(f"What was noticed ({len(findings):,})", icon=":material/troubleshoot:", expanded=True):
            show_findings(findings, job.id, partial(_mark, desk, user, job.id) if can_write(user) else None)
    if can_write(user):
        _show_ends(desk, user, job)


def _show_ends(desk: Desk, user: User, job: Job) -> None:
    """What ends the showing of an upload that was not taken: another try, or nothing."""
    with st.container(horizontal=True):
        if not job.is_refused:
            st.button(
                "Try again",
                icon=":material/refresh:",
                key=f"retry {job.id}",
                on_click=guarded(job.id, jobs.retry_job),
                args=(desk, user, job.id),
            )
        st.button(
            "Dismiss",
            icon=":material/close:",
            key=f"dismiss {job.id}",
            on_click=guarded(job.id, uploads.dismiss_upload),
            args=(desk, user, job.id),
        )


def _mark(desk: Desk, user: User, job_id: str) -> None:
    watch(marking.submit_upload_findings(desk, user, job_id).id)

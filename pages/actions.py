"""What is made of the estimate: the buttons that stay in view below it."""

import streamlit as st

from estimate_core.domain.job import JobType
from estimate_core.domain.money import grouped
from estimate_core.services import jobs
from pages.frame import guarded, open_dialog, refuse, show_refusal, show_way, standing_refusals
from pages.progress import watch
from pages.roles import show_viewer_line
from pages.sheet import Sheet
from pages.totals import grand_total_text

NO_ITEMS = "No items selected"
PREVIEW = "preview"
MAKES = {
    JobType.PDF: "Download PDF",
    JobType.ESTIMATE: "Download Estimate",
    JobType.OUTPUT: "Download Estimate + Datas",
}
"""The buttons, the main one last."""
_KEYS = {JobType.PDF: "make pdf", JobType.ESTIMATE: "make estimate", JobType.OUTPUT: "make output"}
_PLACE = "actions"


def show_actions(sheet: Sheet) -> None:
    """The sums, the preview and the downloads."""
    show_refusal(_PLACE)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", key="actions"):
        show_viewer_line(sheet.user)
        with st.container(key="sums", width="stretch"):
            if sheet.has_estimate:
                _show_sums(sheet)
        if sheet.has_estimate:
            st.button("Preview", key=PREVIEW, icon=":material/preview:", on_click=open_dialog, args=(PREVIEW, True))
        else:
            show_way("estimates", "Choose an estimate", ":material/folder_open:")
        if sheet.can_write:
            _show_makes(sheet)
        else:
            show_way("jobs", "Files in Jobs", ":material/download:")


def _show_sums(sheet: Sheet) -> None:
    st.markdown(f"Items {grouped(sheet.price.items_total)} &nbsp; **Grand total {grand_total_text(sheet)}**")


def _show_makes(sheet: Sheet) -> None:
    for job_type, label in MAKES.items():
        kind = "primary" if job_type is JobType.OUTPUT else "secondary"
        st.button(label, key=_KEYS[job_type], type=kind, on_click=make, args=(sheet, job_type))


def make(sheet: Sheet, job_type: JobType) -> None:
    """Submit a job and watch it, or say why not."""
    if not sheet.estimate.lines:
        refuse(_PLACE, NO_ITEMS)
        return
    standing = standing_refusals()
    if standing:
        refuse(_PLACE, f"Mend this first, it is not in the estimate: {standing[0]}")
        return
    guarded(_PLACE, lambda: watch(jobs.submit_job(sheet.desk, sheet.user, sheet.ensured_id(), job_type).id))()

"""The preview: pictures of the first pages as the PDF will show them, before anything is made."""

import html
from base64 import b64encode

import streamlit as st

from estimate_core.domain.errors import DeskError
from estimate_core.domain.estimate import UNNAMED
from estimate_core.domain.job import JobType
from estimate_core.services.printing import preview_pages
from pages.actions import MAKES, NO_ITEMS, make
from pages.frame import close_dialog, standing_refusals
from pages.sheet import Sheet
from pages.totals import grand_total_text
from pages.words import counted, escaped, shortened

_PICTURE = (
    '<img alt="{alt}" src="data:image/png;base64,{data}" style="flex: 1 1 20rem; min-width: 0; max-width: 44rem; '
    'border: 1px solid rgba(128, 145, 152, 0.5); background: #ffffff">'
)


def show_preview(sheet: Sheet) -> None:
    """The content of the dialog."""
    if not sheet.opened or not sheet.estimate.lines:
        what_to_do = " Add an item to the estimate, then look again." if sheet.can_write else ""
        st.info(f"{NO_ITEMS}.{what_to_do}", icon=":material/playlist_add:")
        return
    for sentence in standing_refusals():
        st.warning(escaped(f"This is not in the estimate yet: {sentence}"), icon=":material/warning:")
    try:
        pictures = preview_pages(sheet.desk, sheet.user, sheet.opened.id)
    except DeskError as refusal:
        st.error(escaped(str(refusal)), icon=":material/error:")
        return
    if sheet.can_write:
        _show_downloads(sheet)
    # Pictures of Streamlit's own can be fetched by anyone who knows their address; these go to this page only.
    shown = "".join(
        _PICTURE.format(alt=html.escape(_alt(sheet, name)), data=b64encode(picture).decode())
        for name, picture in zip(("Cover", "First page")[-len(pictures) :], pictures, strict=True)
    )
    st.html(f'<div style="display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start">{shown}</div>')


def _show_downloads(sheet: Sheet) -> None:
    with st.container(horizontal=True, key="preview_downloads"):
        for job_type, label in MAKES.items():
            kind = "primary" if job_type is JobType.OUTPUT else "secondary"
            if st.button(label, key=f"from preview {job_type}", type=kind):
                close_dialog()
                make(sheet, job_type)
                st.rerun()


def _alt(sheet: Sheet, page: str) -> str:
    work = shortened(sheet.estimate.name or UNNAMED, 200)
    lines = counted(len(sheet.estimate.lines), "line", "lines")
    return f"{page} of the estimate \u201c{work}\u201d: {lines}, grand total {grand_total_text(sheet)}"

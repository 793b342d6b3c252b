"""The audit log for owners: who did what, filtered, page by page, and as a file."""

from datetime import date
from html import escape
from urllib.parse import urlencode

import streamlit as st

from estimate_core.domain.audit import AuditFilter, Deed, Entry, Kind
from estimate_core.domain.errors import BadInput
from estimate_core.domain.people import User
from estimate_core.services import audit_log
from estimate_core.services.jobs import Desk
from estimate_core.services.listing import Page
from estimate_core.workbook.tables import table_of
from pages.paging import cursors_of, show_pages, turn_to
from pages.roles import can_manage
from pages.words import local_time, shortened

_SHOWN = 100
_ROWS, _HEIGHT = 16, 576
"""More lines than this are scrolled in a table of that height."""
_FIRST_DAY = date(2000, 1, 1)
_MAX_WORDS = 200
_LIST = "lines"
"""What the log is called where it is shown a page at a time."""

Asked = dict[str, str]
"""What is asked for, as the address of the file says it."""


def show_audit(desk: Desk, user: User) -> None:
    """The whole tab."""
    if not can_manage(user):
        st.info("Owners can look up here who did what. Ask one of them.", icon=":material/lock:")
        return
    asked, wanted = _show_filters(desk, user)
    page = _page(desk, user, asked, wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_pages(_LIST, asked, page.cursor)
        href = escape(f"/api/audit.csv?{urlencode(asked)}")
        st.html(f'<a class="download" download href="{href}">Download CSV</a>', width="content")
    if page.entries:
        _show_table(page)
    else:
        st.info("Nothing of the kind was done. Choose other filters.", icon=":material/filter_alt:")
    st.caption("The log is kept for ever, and nobody can change it here. Times are the server's.")


def _show_filters(desk: Desk, user: User) -> tuple[Asked, AuditFilter]:
    doers = audit_log.list_doers(desk, user)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        person = st.selectbox(
            "Who", list(doers), None, format_func=doers.get, key="who did", placeholder="Anybody", width=170
        )
        deed = st.selectbox("Did", list(map(str, Deed)), None, key="what was done", placeholder="Anything", width=170)
        kind = st.selectbox("To what", list(map(str, Kind)), None, key="done to", placeholder="Anything", width=170)
        since = st.date_input("From", None, _FIRST_DAY, key="done since", format="DD/MM/YYYY", width=140)
        until = st.date_input("To", None, _FIRST_DAY, key="done until", format="DD/MM/YYYY", width=140)
        words = st.text_input("Find", key="audit words", max_chars=_MAX_WORDS, icon=":material/search:", width=210)
    asked = {"person": person, "deed": deed, "kind": kind, "since": since, "until": until, "q": words.strip()}
    wanted = AuditFilter(person, Kind(kind) if kind else None, Deed(deed) if deed else None, text=words.strip())
    return {name: str(value) for name, value in asked.items() if value}, audit_log.within_days(wanted, since, until)


def _page(desk: Desk, user: User, asked: Asked, wanted: AuditFilter) -> Page[Entry]:
    """The page of the log that the person is at; the first one where that one is not there any more."""
    try:
        return audit_log.page_of_entries(desk, user, wanted, _SHOWN, cursors_of(_LIST, asked)[-1])
    except BadInput:
        turn_to(_LIST, asked, [None])
        return audit_log.page_of_entries(desk, user, wanted, _SHOWN)


def _show_table(page: Page[Entry]) -> None:
    column = st.column_config.TextColumn
    st.dataframe(
        table_of(("When", "Who", "Did", "To what", "Called", "Through", "From"), map(_row, page.entries)),
        key="audit",
        hide_index=True,
        row_height=32,
        height=_HEIGHT if len(page.entries) > _ROWS else "auto",
        column_config={
            "When": column(width=150),
            "Who": column(width=130),
            "Did": column(width=130),
            "To what": column(width=130),
            "Called": column(width=320),
            "Through": column(width=100),
            "From": column(width=130),
        },
        alt="What was done, newest first",
    )


def _row(entry: Entry) -> tuple[str, ...]:
    what = (entry.deed, entry.kind, shortened(entry.label, 120))
    return local_time(entry.at), entry.name, *what, entry.way, entry.address

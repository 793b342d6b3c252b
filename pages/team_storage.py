"""What the organisation keeps and for how long, and what cleaning would delete."""

import streamlit as st

from estimate_core.domain.job import TITLES
from estimate_core.domain.people import User
from estimate_core.services import cleaning
from estimate_core.services.cleaning import LONGEST_DAYS, Waste
from estimate_core.services.jobs import Desk
from estimate_core.services.quotas import job_use, storage_use
from estimate_core.workbook.tables import table_of
from pages.frame import guarded, note, noted, show_refusal
from pages.roles import can_manage
from pages.words import counted, size_text

_PLACE = "storage"
_DAYS = "days kept"
_SHOWN = 500


def show_storage(desk: Desk, user: User) -> None:
    """The whole tab."""
    show_refusal(_PLACE)
    if noted(_PLACE):
        st.success(noted(_PLACE), icon=":material/check_circle:")
    _show_jobs(desk, user)
    _show_use(desk, user)
    _show_days(desk, user)
    _show_plan(desk, user)


def _show_jobs(desk: Desk, user: User) -> None:
    use = job_use(desk, user)
    with st.grid(2, min_column_width=280, gap="small"):
        _show_share("Your active jobs", use.active, use.active_limit)
        _show_share("Jobs of the organisation within an hour", use.hour, use.hour_limit)


def _show_share(what: str, used: int, limit: int) -> None:
    st.progress(min(1.0, used / limit), f"{what}: {used:,} of {limit:,}")


def _show_use(desk: Desk, user: User) -> None:
    use = storage_use(desk, user)
    share = min(1.0, use.used / use.limit)
    st.progress(share, f"{size_text(use.used)} of {size_text(use.limit)} used")
    kinds = [(TITLES[kind.type], f"{kind.files:,}", size_text(kind.size)) for kind in use.kinds]
    rows = [*kinds, ("Schedules", "", size_text(use.schedules))]
    right = st.column_config.TextColumn(width=90, alignment="right")
    st.dataframe(
        table_of(("Kind", "Files", "Size"), rows),
        hide_index=True,
        width=460,
        column_config={"Files": right, "Size": right},
        alt="Files that are kept, by kind",
    )


def _show_days(desk: Desk, user: User) -> None:
    if can_manage(user):
        _show_days_to_set(desk, user)
    else:
        days = counted(cleaning.get_days(desk, user), "day", "days")
        st.text(f"Files are kept for {days}. Owners of your organisation change this, and clean at once.")
    st.caption(
        "Workbooks and PDFs that are older are deleted once a day. Their jobs stay listed and can be made again; "
        "schedules and estimates are never deleted by this."
    )


def _show_days_to_set(desk: Desk, user: User) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = st.number_input(
            "Days that files are kept", 1, LONGEST_DAYS, cleaning.get_days(desk, user), key=_DAYS, width=220
        )
        st.button("Save", key="save days", on_click=guarded(_PLACE, _save_days), args=(desk, user, int(days)))


def _save_days(desk: Desk, user: User, days: int) -> None:
    cleaning.save_days(desk, user, days)
    note(_PLACE, f"Files are kept for {counted(days, 'day', 'days')} from now on.")


def _show_plan(desk: Desk, user: User) -> None:
    wastes = cleaning.plan(desk, user)
    st.subheader("What would go now")
    if not wastes:
        st.info("Nothing: no file is older than that, and none is left over.", icon=":material/check:")
        return
    _show_wastes(wastes)
    if can_manage(user):
        _show_cleaning(desk, user, wastes)


def _show_cleaning(desk: Desk, user: User, wastes: list[Waste]) -> None:
    with st.popover("Clean now", icon=":material/delete_sweep:"):
        st.markdown(
            f"{counted(len(wastes), 'file', 'files')} of {size_text(sum(waste.size for waste in wastes))} will be "
            "deleted. This cannot be undone; what jobs made can be made again."
        )
        st.button("Delete them", key="clean now", type="primary", on_click=guarded(_PLACE, _clean), args=(desk, user))


def _show_wastes(wastes: list[Waste]) -> None:
    rows = [(waste.reason.value, size_text(waste.size), waste.name) for waste in wastes[:_SHOWN]]
    st.dataframe(
        table_of(("Why", "Size", "File"), rows),
        hide_index=True,
        column_config={"Size": st.column_config.TextColumn(width=90, alignment="right")},
        alt="Files that cleaning would delete",
    )
    if len(wastes) > _SHOWN:
        st.caption(f"The first {_SHOWN} of {len(wastes)}.")


def _clean(desk: Desk, user: User) -> None:
    done = cleaning.clean(desk, user)
    stays = f"; {counted(len(done.kept), 'file stays', 'files stay')} for now" if done.kept else ""
    note(_PLACE, f"{counted(len(done.gone), 'file', 'files')} of {size_text(done.freed)} deleted{stays}.")

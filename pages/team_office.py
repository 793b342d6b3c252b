"""What the organisation says of itself: its name here, and the department and signatures that stand on estimates."""

import streamlit as st

from estimate_core.domain.office import MAX_FIELD, MAX_SIGNATURES, Office
from estimate_core.domain.people import MAX_NAME, User
from estimate_core.services import office, people
from estimate_core.services.jobs import Desk
from pages.frame import guarded, note, noted, show_refusal
from pages.roles import can_manage
from pages.words import escaped

_PLACE = "office"
_NAME, _DEPARTMENT = "organisation name", "office department"
_SIGNATURES = [f"office signature {number}" for number in range(1, MAX_SIGNATURES + 1)]
_HINT = "Up to three lines each, such as Checked by, the designation and the office. Empty ones are left out."


def show_office(desk: Desk, user: User) -> None:
    """The whole tab."""
    show_refusal(_PLACE)
    if noted(_PLACE):
        st.success(escaped(noted(_PLACE)), icon=":material/check_circle:")
    name, kept = people.get_organisation(desk, user).name, office.get_office(desk, user)
    if not can_manage(user):
        _show_kept(name, kept)
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the organisation", name, max_chars=MAX_NAME, key=_NAME, width=420)
        st.button("Save", key="save organisation", on_click=guarded(_PLACE, _rename), args=(desk, user))
    st.markdown("**On all estimates of the organisation**")
    _show_form(desk, user, kept)


def _show_form(desk: Desk, user: User, kept: Office) -> None:
    st.text_input("Department", kept.department, max_chars=MAX_FIELD, key=_DEPARTMENT)
    texts = [*kept.signatures, *("" for _ in _SIGNATURES)]
    with st.grid(3, min_column_width=180, gap="small"):
        for number, key in enumerate(_SIGNATURES):
            st.text_area(f"Signature {number + 1}", texts[number], key=key, height=88)
    st.caption(_HINT)
    st.button("Save", key="save office", type="primary", on_click=guarded(_PLACE, _save), args=(desk, user))


def _show_kept(name: str, kept: Office) -> None:
    st.markdown(f"**{escaped(name)}**")
    st.text(kept.department or "No department is told on the cover of estimates.")
    if kept.signatures:
        st.caption("Signatures below each estimate")
        with st.grid(3, min_column_width=180, gap="small"):
            for block in kept.signatures:
                with st.container(border=True):
                    st.text(block)
    st.caption("Owners change this.")


def _rename(desk: Desk, user: User) -> None:
    renamed = people.rename_organisation(desk, user, st.session_state[_NAME])
    note(_PLACE, f"The organisation is called {renamed.name} from now on.")


def _save(desk: Desk, user: User) -> None:
    state = st.session_state
    office.save_office(desk, user, state[_DEPARTMENT], [state[key] for key in _SIGNATURES])
    note(_PLACE, "This stands on all estimates from now on.")

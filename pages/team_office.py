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
_NAMED, _TOLD = "name as it was shown", "office as it was shown"
"""Where the session keeps what the fields of a form were filled with, and for which organisation."""
_HINT = "Up to three lines each, such as Checked by, the designation and the office. Empty ones are left out."

Texts = dict[str, str]
"""What stands in fields, by their keys."""


def show_office(desk: Desk, user: User) -> None:
    """The whole tab."""
    show_refusal(_PLACE)
    if noted(_PLACE):
        st.success(escaped(noted(_PLACE)), icon=":material/check_circle:")
    name, kept = people.get_organisation(desk, user).name, office.get_office(desk, user)
    if not can_manage(user):
        _show_kept(name, kept)
        return
    _show_name(desk, user, name)
    st.markdown("**On all estimates of the organisation**")
    _show_form(desk, user, kept)


def _show_name(desk: Desk, user: User, name: str) -> None:
    known = {_NAME: name}
    _fill_in(_NAMED, user, known)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the organisation", max_chars=MAX_NAME, key=_NAME, width=420, persist_state="session")
        st.button("Save", key="save organisation", on_click=guarded(_PLACE, _rename), args=(desk, user))
        _offer_discard(_NAMED, known)


def _show_form(desk: Desk, user: User, kept: Office) -> None:
    texts = [*kept.signatures, *("" for _ in _SIGNATURES)]
    known = {_DEPARTMENT: kept.department, **dict(zip(_SIGNATURES, texts, strict=False))}
    _fill_in(_TOLD, user, known)
    st.text_input("Department", max_chars=MAX_FIELD, key=_DEPARTMENT, persist_state="session")
    with st.grid(3, min_column_width=180, gap="small"):
        for number, key in enumerate(_SIGNATURES, start=1):
            st.text_area(f"Signature {number}", key=key, height=88, persist_state="session")
    st.caption(_HINT)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Save", key="save office", type="primary", on_click=guarded(_PLACE, _save), args=(desk, user))
        _offer_discard(_TOLD, known)


def _fill_in(form: str, user: User, known: Texts) -> None:
    """Have the fields show what is known, but where something was typed that is not saved yet."""
    organisation, shown = st.session_state.get(form, ("", {}))
    if organisation != user.organisation or _typed(known) == shown:
        st.session_state.update(known)
    st.session_state[form] = (user.organisation, known)


def _offer_discard(form: str, known: Texts) -> None:
    if _typed(known) != known:
        st.button(
            "Discard", icon=":material/undo:", key=f"discard {form}", type="tertiary", on_click=_forget, args=(form,)
        )
        st.text("Not saved yet", width="content")


def _typed(known: Texts) -> Texts:
    return {key: st.session_state.get(key, "") for key in known}


def _forget(form: str) -> None:
    """Have the fields of a form show what is known in the next run, whatever was typed."""
    st.session_state.pop(form, None)


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
    _forget(_NAMED)
    note(_PLACE, f"The organisation is called {renamed.name} from now on.")


def _save(desk: Desk, user: User) -> None:
    state = st.session_state
    office.save_office(desk, user, state[_DEPARTMENT], [state[key] for key in _SIGNATURES])
    _forget(_TOLD)
    note(_PLACE, "This stands on all estimates from now on.")

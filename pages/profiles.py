"""Choosing, keeping and tidying charge profiles, above the table of charges."""

import streamlit as st

from estimate_core.domain.profiles import MAX_PROFILE_NAME, NamedProfile
from estimate_core.services import profiles
from pages.frame import guarded, notify, show_refusal
from pages.sheet import Sheet, renew_widgets
from pages.words import escaped

_PLACE = "profiles"
_GONE = "a profile that was deleted"


def show_profiles(sheet: Sheet) -> None:
    """The profile that the charges began with, whether they were changed since, and what can be done with it."""
    offered = {profile.id: profile for profile in profiles.list_profiles(sheet.desk, sheet.user)}
    followed = profiles.find_followed(sheet.estimate, offered.values())
    changed = followed is None or not profiles.is_as_in(sheet.estimate, followed)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if sheet.can_write:
            _show_choice(sheet, offered, followed)
        else:
            st.text(followed.name if followed else _GONE, width="content")
        if changed:
            st.caption("changed", width="content")
        if sheet.can_write:
            _show_tools(sheet, followed, changed)
    show_refusal(_PLACE)


def _show_tools(sheet: Sheet, followed: NamedProfile | None, changed: bool) -> None:
    if changed and followed:
        st.button("Back to profile", key="back to profile", on_click=_apply, args=(sheet, followed.id))
    _show_saving(sheet)
    if followed and not followed.shipped:
        _show_tidying(sheet, followed)


def _show_choice(sheet: Sheet, offered: dict[str, NamedProfile], followed: NamedProfile | None) -> None:
    """The choice. Its words must not change while charges are typed: a list whose words change tells a new choice."""
    names = {profile.id: profile.name for profile in offered.values()}
    if followed is None:
        names = {"": _GONE, **names}
    shown = followed.id if followed else ""
    key = sheet.key("profile")
    st.selectbox(
        "Charge profile",
        list(names),
        index=list(names).index(shown),
        format_func=lambda profile_id: names.get(profile_id, profile_id),
        key=key,
        width=240,
        label_visibility="collapsed",
        on_change=_choose,
        args=(sheet, key, shown),
    )


def _choose(sheet: Sheet, key: str, shown: str) -> None:
    # A profile that was renamed elsewhere is told as a choice too, though nobody chose it.
    if st.session_state[key] not in ("", shown):
        _apply(sheet, st.session_state[key])


def _apply(sheet: Sheet, profile_id: str) -> None:
    guarded(_PLACE, sheet.edit)(profiles.apply_profile, profile_id)
    renew_widgets()


def _show_saving(sheet: Sheet) -> None:
    with st.popover("Save as\u2026"):
        name, again = sheet.key("profile name"), sheet.key("profile name again")
        st.text_input("Name of the profile", key=name, max_chars=MAX_PROFILE_NAME)
        st.text_input("Its name again, to overwrite one", key=again, max_chars=MAX_PROFILE_NAME)
        st.button("Save profile", type="primary", key="save profile", on_click=_save, args=(sheet, name, again))


def _save(sheet: Sheet, name: str, again: str) -> None:
    def save() -> None:
        sheet.edit(profiles.save_profile, st.session_state[name], st.session_state[again])
        notify(f"The profile \u201c{st.session_state[name].strip()}\u201d is kept for all estimates.")
        renew_widgets()

    guarded(_PLACE, save)()


def _show_tidying(sheet: Sheet, profile: NamedProfile) -> None:
    with st.popover("Rename or delete"):
        st.markdown(f"The profile {escaped(profile.name)}; estimates keep their charges.")
        name = sheet.key("new profile name")
        st.text_input("New name", profile.name, key=name, max_chars=MAX_PROFILE_NAME)
        st.button("Rename", key="rename profile", on_click=_rename, args=(sheet, profile.id, name))
        st.button("Delete profile", key="delete profile", on_click=_delete, args=(sheet, profile.id))


def _rename(sheet: Sheet, profile_id: str, name: str) -> None:
    rename = guarded(_PLACE, profiles.rename_profile)
    rename(sheet.desk, sheet.user, profile_id, st.session_state[name])
    renew_widgets()


def _delete(sheet: Sheet, profile_id: str) -> None:
    guarded(_PLACE, profiles.delete_profile)(sheet.desk, sheet.user, profile_id)
    renew_widgets()

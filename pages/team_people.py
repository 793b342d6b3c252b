"""Who belongs to the organisation: for all a list, for owners also their roles, and who is taken out or invited."""

from functools import partial

import streamlit as st

from estimate_core.domain.errors import DeskError
from estimate_core.domain.people import Role, User
from estimate_core.services import people
from estimate_core.services.jobs import Desk
from estimate_core.services.people import Person
from estimate_core.workbook.tables import table_of
from pages.frame import guarded, notify, open_form, show_refusal
from pages.roles import can_manage
from pages.team_frame import ROLES, is_without_accounts, show_row
from pages.team_invitation import INVITE, show_dialogs, show_invitations
from pages.words import counted, escaped, local_time

_PLACE = "people"
_REMOVED = "removed person"
_FIND = "find people"
_MANY = 12
"""With more people than this there is a field to find one."""
_SHOWN = 60
_MEANS = "Owners manage people and settings, estimators work on estimates, viewers look and download."


def show_people(desk: Desk, user: User) -> None:
    """The whole tab."""
    if is_without_accounts(desk, "With accounts, people have roles, and others are kept out."):
        return
    everybody = people.list_people(desk, user)
    _show_top(desk, user, everybody)
    show_refusal(_PLACE)
    if not can_manage(user):
        _show_list(user, everybody)
        return
    _show_removed(desk, user)
    _show_rows(desk, user, everybody)
    show_invitations(desk, user, {person.id: person.name for person in everybody})
    show_dialogs(desk, user)


def _show_top(desk: Desk, user: User, everybody: list[Person]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        name = escaped(people.get_organisation(desk, user).name)
        st.markdown(f"**{name}** \u00b7 {counted(len(everybody), 'person', 'people')}", width="stretch")
        if can_manage(user):
            st.button(
                "Invite", icon=":material/person_add:", key="invite", type="primary", on_click=open_form, args=(INVITE,)
            )
    st.caption(_MEANS)


def _show_list(user: User, everybody: list[Person]) -> None:
    rows = [
        (f"{one.name} (you)" if one.id == user.id else one.name, one.email, ROLES[one.role], _seen(one))
        for one in everybody
    ]
    st.dataframe(
        table_of(("Name", "E-mail", "Role", "Seen"), rows),
        key="people",
        hide_index=True,
        row_height=32,
        column_config={
            "Name": st.column_config.TextColumn(width=200),
            "E-mail": st.column_config.TextColumn(width=240),
            "Role": st.column_config.TextColumn(width=100),
            "Seen": st.column_config.TextColumn(width=200),
        },
        alt="Who belongs to the organisation",
    )


def _show_rows(desk: Desk, user: User, everybody: list[Person]) -> None:
    wanted = ""
    if len(everybody) > _MANY:
        wanted = st.text_input("Find a person", key=_FIND, icon=":material/search:", width=320).strip().casefold()
    found = [one for one in everybody if wanted in f"{one.name} {one.email}".casefold()]
    if not found:
        st.info("Nobody is called that. Write another part of a name or address.")
        return
    with st.container(border=True, gap="xsmall"):
        for person in found[:_SHOWN]:
            is_own = person.id == user.id
            offer = partial(st.text, ROLES[person.role]) if is_own else partial(_offer, desk, user, person)
            show_row(f"person_{person.id}", partial(_tell, person, is_own), offer)
    if len(found) > _SHOWN:
        st.caption(f"The first {_SHOWN} of {len(found):,}. Find others by name or address.")


def _offer(desk: Desk, user: User, person: Person) -> None:
    # With the role in it, so that a role that was changed elsewhere is not shown as it was before.
    key = f"role {person.id} {person.role}"
    st.selectbox(
        f"Role of {escaped(person.name)}",
        list(Role),
        index=list(Role).index(person.role),
        format_func=ROLES.get,
        key=key,
        label_visibility="collapsed",
        width=140,
        on_change=guarded(_PLACE, _change_role),
        args=(desk, user, person, key),
    )
    st.button(
        "Remove",
        icon=":material/person_remove:",
        key=f"remove {person.id}",
        type="tertiary",
        on_click=guarded(_PLACE, _remove),
        args=(desk, user, person),
    )


def _tell(person: Person, is_own: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{escaped(person.name)}**", width="content")
        # Not escaped, so that it can be copied: escapes have a character in them that is not seen.
        st.text(person.email, width="content")
        if is_own:
            st.badge("you", color="blue")
        if person.disabled:
            st.badge("cannot sign in", color="red")
    st.caption(_seen(person))


def _seen(person: Person) -> str:
    if person.disabled:
        return f"disabled since {local_time(person.disabled)}"
    return f"last here {local_time(person.seen)}" if person.seen else "was not here yet"


def _change_role(desk: Desk, user: User, person: Person, key: str) -> None:
    role = st.session_state[key]
    try:
        people.change_role(desk, user, person.id, role)
    except DeskError:
        st.session_state[key] = person.role
        raise
    notify(f"{person.name} is {role.with_article} from now on.")


def _remove(desk: Desk, user: User, person: Person) -> None:
    people.remove_person(desk, user, person.id)
    st.session_state[_REMOVED] = (person.id, person.name)


def _show_removed(desk: Desk, user: User) -> None:
    if _REMOVED not in st.session_state:
        return
    person_id, name = st.session_state[_REMOVED]
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.text(f"Removed: {name}. Their tokens are revoked; their estimates and jobs stay.", width="stretch")
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo remove person",
            on_click=guarded(_PLACE, partial(_restore, desk, user, person_id, name)),
        )


def _restore(desk: Desk, user: User, person_id: str, name: str) -> None:
    st.session_state.pop(_REMOVED, None)
    people.restore_person(desk, user, person_id)
    notify(f"{name} belongs to the organisation again.")

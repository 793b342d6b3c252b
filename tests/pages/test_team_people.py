"""The tabs People, Account and Office of the Team page, as owners and others see them."""

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.office import Office
from estimate_core.domain.people import Role, User
from estimate_core.services import invitations, office, own_sessions, people
from estimate_core.services.invitations import find_invitation
from tests.members import join, let_in, sign_in_as
from tests.pages.conftest import OTHER, SITE, Show, shown, texts

ME = "me@example.org"


@pytest.fixture
def user(desk: Desk, other: User, role: Role) -> User:
    """Who looks at the page; an owner, where a test does not say otherwise."""
    return let_in(desk, ME, role)


def keys(page: AppTest) -> set[str]:
    return {str(button.key) for button in page.button}


def roles(desk: Desk, user: User) -> dict[str, Role]:
    return {person.email: person.role for person in people.list_people(desk, user)}


def invite(page: AppTest, email: str, role: Role) -> AppTest:
    page.button(key="invite").click().run()
    page.text_input(key="invited email").set_value(email)
    page.selectbox(key="invited role").set_value(role)
    return page.button(key="make invitation").click().run()


def test_an_owner_sees_everybody_as_plain_text(show: Show, user: User, other: User) -> None:
    page = show("team")

    told = texts(page)
    assert "**local** \u00b7 2 people" in told
    assert "**Asha \\*Rao\\***" in told
    assert {ME, OTHER} <= {text.value for text in page.text}
    assert [box.label for box in page.selectbox if str(box.key).startswith("role ")] == ["Role of Asha \\*Rao\\*"]
    assert f"remove {user.id}" not in keys(page)


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.VIEWER])
def test_others_see_lists_without_what_changes_them(show: Show, desk: Desk, user: User, other: User) -> None:
    office.save_office(desk, other, "Roads *and* Buildings", ["Checked by"])
    invitations.invite(desk, other, "new@example.org", Role.VIEWER)

    page = show("team")

    [frame] = [frame.value for frame in page.dataframe if "E-mail" in frame.value]
    assert list(frame["Name"]) == ["Asha *Rao*", "Me (you)"]
    assert "Roads *and* Buildings" in texts(page)
    assert "new@example.org" not in texts(page)
    changing = ("invite", "remove", "withdraw", "save organisation", "save office", "save days", "clean")
    assert [key for key in keys(page) if key.startswith(changing)] == []
    assert [box.key for box in page.selectbox if str(box.key).startswith("role ")] == []


def test_an_owner_changes_a_role(show: Show, desk: Desk, user: User, other: User) -> None:
    page = show("team")

    page.selectbox(key=f"role {other.id} owner").set_value(Role.VIEWER).run()

    assert roles(desk, user)[OTHER] is Role.VIEWER
    assert page.selectbox(key=f"role {other.id} viewer").value == Role.VIEWER


def test_a_role_that_is_refused_is_shown_as_it_stays(show: Show, desk: Desk, user: User, other: User) -> None:
    page = show("team")
    people.change_role(desk, other, user.id, Role.VIEWER)

    page.selectbox(key=f"role {other.id} owner").set_value(Role.VIEWER).run()

    assert roles(desk, user)[OTHER] is Role.OWNER
    assert "You are a viewer here" in page.error[0].value


def test_who_is_removed_can_be_put_back(show: Show, desk: Desk, user: User, other: User) -> None:
    page = show("team")

    page.button(key=f"remove {other.id}").click().run()
    without = roles(desk, user)
    told = texts(page)
    page.button(key="undo remove person").click().run()

    assert OTHER not in without
    assert "Removed: Asha *Rao*." in told
    assert roles(desk, user)[OTHER] is Role.OWNER
    assert "undo remove person" not in keys(page)


def test_among_many_one_is_found_by_name(show: Show, desk: Desk, user: User) -> None:
    for number in range(12):
        join(desk, f"person{number}@example.org", Role.VIEWER)
    page = show("team")
    before = len([key for key in keys(page) if key.startswith("remove ")])

    page.text_input(key="find people").set_value(" PERSON1 ").run()

    assert before == 13
    assert len([key for key in keys(page) if key.startswith("remove ")]) == 3


def test_the_link_of_an_invitation_is_shown_once(show: Show, desk: Desk, user: User) -> None:
    page = invite(show("team"), "new@example.org", Role.VIEWER)
    [link] = [code.value for code in page.code]

    page.button(key="link copied").click().run()

    assert link.startswith(f"{SITE}/invitation/")
    assert find_invitation(desk, link.rpartition("/")[2]).email == "new@example.org"
    assert [code.value for code in page.code] == []
    assert "new@example.org" in texts(page)


@pytest.mark.parametrize(
    ("url", "reached", "warns"),
    [
        ("", "http://localhost:8710", True),
        ("", "http://127.0.0.1:8710", True),
        ("", "http://[::1]:8710", True),
        ("", "http://192.168.1.7:8710", False),
        (SITE, "http://localhost:8710", False),
    ],
)
def test_a_link_that_opens_on_this_machine_alone_is_told_to_do_so(
    desk: Desk, user: User, monkeypatch: pytest.MonkeyPatch, url: str, reached: str, warns: bool
) -> None:
    desk = replace(desk, settings=desk.settings.model_copy(update={"url": url}))
    monkeypatch.setattr(type(st.context), "url", property(lambda context: f"{reached}/team"))

    page = invite(shown(desk, user, "team"), "new@example.org", Role.VIEWER)

    assert page.code[0].value.startswith(f"{url or reached}/invitation/")
    assert [warning.value.startswith("This link opens on this machine alone.") for warning in page.warning] == (
        [True] * warns
    )


def test_an_address_that_is_refused_stays_to_be_mended(show: Show, desk: Desk, user: User) -> None:
    page = invite(show("team"), "asha@example", Role.VIEWER)

    assert "This is not an e\\-mail address" in page.error[0].value
    assert page.text_input(key="invited email").value == "asha@example"
    assert invitations.list_invitations(desk, user) == []


def test_an_invitation_is_withdrawn(show: Show, desk: Desk, user: User) -> None:
    invitation, _ = invitations.invite(desk, user, "new@example.org", Role.VIEWER)
    page = show("team")

    page.button(key=f"withdraw {invitation.id}").click().run()

    assert invitations.list_invitations(desk, user) == []
    assert "new@example.org" not in texts(page)


@pytest.mark.parametrize("role", Role)
def test_everyone_changes_their_name(show: Show, desk: Desk, user: User) -> None:
    page = show("team")

    page.text_input(key="own name").set_value("  Mira  Rao ")
    page.button(key="save own name").click().run()

    assert "Mira Rao" in {person.name for person in people.list_people(desk, user)}
    assert "You are called Mira Rao" in page.success[0].value


def test_a_name_that_is_refused_is_told(show: Show, desk: Desk, user: User) -> None:
    page = show("team")

    page.text_input(key="own name").set_value("   ")
    page.button(key="save own name").click().run()

    assert "Write a name of 1 to 80 characters" in page.error[0].value
    assert "Me" in {person.name for person in people.list_people(desk, user)}


@pytest.mark.parametrize("role", Role)
def test_another_session_is_ended_from_here(show: Show, desk: Desk, user: User) -> None:
    there = sign_in_as(desk, ME)
    page = show("team")

    page.button(key=f"end {there.session}").click().run()

    assert [one.id for one in own_sessions.list_own_sessions(desk, user)] == [user.session]
    assert "end others" not in keys(page)
    assert f"end {user.session}" not in keys(page)


def test_all_other_sessions_are_ended_at_once(show: Show, desk: Desk, user: User) -> None:
    for _ in range(2):
        sign_in_as(desk, ME)
    page = show("team")

    page.button(key="end others").click().run()

    assert len(own_sessions.list_own_sessions(desk, user)) == 1
    assert "2 other browsers are signed out" in page.success[0].value


def test_who_belongs_to_several_organisations_goes_to_another(show: Show, desk: Desk, user: User) -> None:
    alone = keys(show("team"))
    join(desk, ME, Role.VIEWER, "elsewhere")
    page = show("team")

    page.button(key="switch elsewhere").click().run()

    assert [key for key in alone if key.startswith("switch")] == []
    assert not page.exception
    with desk.open_db() as db:
        [row] = db.query(
            "SELECT organisation FROM users JOIN sessions ON user = users.id WHERE sessions.id = ?", [user.session]
        )
    assert row["organisation"] == "elsewhere"


def test_an_owner_renames_the_organisation(show: Show, desk: Desk, user: User) -> None:
    page = show("team")

    page.text_input(key="organisation name").set_value("Roads *and* Buildings")
    page.button(key="save organisation").click().run()

    assert people.get_organisation(desk, user).name == "Roads *and* Buildings"
    assert "**Roads \\*and\\* Buildings**" in texts(page)


def test_an_owner_saves_what_stands_on_estimates(show: Show, desk: Desk, user: User) -> None:
    page = show("team")

    page.text_input(key="office department").set_value("Roads")
    page.text_area(key="office signature 4").set_value("Seen by\nS.E.")
    page.button(key="save office").click().run()

    assert office.get_office(desk, user) == Office("Roads", (*Office().signatures, "Seen by\nS.E."))
    assert "This stands on all estimates" in page.success[0].value


def test_what_is_typed_of_the_office_stays_until_it_is_saved_or_discarded(show: Show, desk: Desk, other: User) -> None:
    page = show("team")

    page.text_input(key="office department").set_value("Roads").run()
    office.save_office(desk, other, "Canals", ["Checked by"])
    page.run()
    typed = (page.text_input(key="office department").value, "Not saved yet" in texts(page))
    page.button(key="discard office as it was shown").click().run()

    assert typed == ("Roads", True)
    assert page.text_input(key="office department").value == "Canals"
    assert page.text_area(key="office signature 1").value == "Checked by"
    assert "Not saved yet" not in texts(page)
    assert office.get_office(desk, other).department == "Canals"


def test_where_nothing_is_typed_the_office_is_shown_as_another_saved_it(show: Show, desk: Desk, other: User) -> None:
    page = show("team")

    people.rename_organisation(desk, other, "Canals")
    office.save_office(desk, other, "Canals", ["Checked by"])
    page.run()

    assert page.text_input(key="organisation name").value == "Canals"
    assert page.text_input(key="office department").value == "Canals"
    assert page.text_area(key="office signature 2").value == ""
    assert "Not saved yet" not in texts(page)


def test_an_office_that_was_saved_is_shown_as_it_is_kept(show: Show, desk: Desk, user: User) -> None:
    page = show("team")

    page.text_input(key="office department").set_value("  Roads ")
    page.text_area(key="office signature 1").set_value("")
    page.button(key="save office").click().run()

    assert page.text_input(key="office department").value == office.get_office(desk, user).department == "Roads"
    assert "Not saved yet" not in texts(page)


def test_an_office_that_does_not_fit_is_told_and_stays_typed(show: Show, desk: Desk, user: User) -> None:
    page = show("team")

    page.text_area(key="office signature 1").set_value("a\nb\nc\nd")
    page.button(key="save office").click().run()

    assert "has 4 lines" in page.error[0].value
    assert page.text_area(key="office signature 1").value == "a\nb\nc\nd"
    assert office.get_office(desk, user) == Office()

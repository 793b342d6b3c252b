"""The tab Tokens of the Team page, and what all of its tabs say while nobody has an account."""

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.people import LOCAL, Role, Scope, User
from estimate_core.services import tokens
from estimate_core.services.signing_in import find_user_by_token
from tests.conftest import Clock
from tests.members import CALLER, let_in
from tests.pages.conftest import SITE, Show, texts


@pytest.fixture
def user(desk: Desk, other: User, role: Role) -> User:
    """Who looks at the page; an owner, where a test does not say otherwise."""
    return let_in(desk, "me@example.org", role)


def make(page: AppTest, name: str) -> AppTest:
    page.button(key="make token").click().run()
    page.text_input(key="token name").set_value(name)
    return page.button(key="save token").click().run()


@pytest.mark.parametrize("role", Role)
def test_a_tokens_secret_is_shown_once_with_an_example(show: Show, desk: Desk, user: User) -> None:
    page = make(show("team"), "Tally *export*")
    secret, example = (code.value for code in page.code)

    page.button(key="token copied").click().run()

    found = find_user_by_token(desk, secret, CALLER)
    assert found
    assert (found.id, found.scope) == (user.id, Scope.READ)
    assert example == f'curl -H "Authorization: Bearer {secret}" {SITE}/api/schedules'
    assert [code.value for code in page.code] == []
    assert "**Tally \\*export\\***" in texts(page)


def test_a_token_without_a_name_is_told(show: Show, desk: Desk, user: User) -> None:
    page = make(show("team"), " ")

    assert "name of the token" in page.error[0].value
    assert tokens.list_own_tokens(desk, user) == []


@pytest.mark.parametrize(("role", "offered"), [(Role.VIEWER, 1), (Role.ESTIMATOR, 2)])
def test_a_token_is_offered_what_its_person_may(show: Show, user: User, offered: int) -> None:
    page = show("team")

    page.button(key="make token").click().run()

    [scopes] = [group.options for group in page.button_group if group.key == "token scope"]
    assert len(scopes) == offered


def test_when_and_from_where_a_token_was_used_is_told(show: Show, desk: Desk, user: User) -> None:
    _, secret = tokens.create_token(desk, user, "Tally", Scope.READ, 30)
    before = texts(show("team"))

    find_user_by_token(desk, secret, CALLER)

    assert "not used yet" in before
    assert "from 10\\.0\\.0\\.7" in texts(show("team"))
    assert "not used yet" not in texts(show("team"))


def test_a_token_is_revoked_and_told_among_those_that_ended(show: Show, desk: Desk, user: User) -> None:
    token, secret = tokens.create_token(desk, user, "Tally", Scope.READ, 30)
    page = show("team")

    page.button(key=f"revoke {token.id}").click().run()

    assert find_user_by_token(desk, secret, CALLER) is None
    [ended] = [frame.value for frame in page.dataframe if "Ended" in frame.value]
    assert list(ended["Name"]) == ["Tally"]
    assert "No token works now" in texts(page)


def test_an_expired_token_has_ended(show: Show, desk: Desk, user: User, clock: Clock) -> None:
    tokens.create_token(desk, user, "Tally", Scope.READ, 1)
    clock.move(86_400)

    page = show("team")

    [ended] = [frame.value for frame in page.dataframe if "Ended" in frame.value]
    assert list(ended["Ended"])[0].startswith("expired ")


def test_an_owner_sees_and_revokes_everybodys(show: Show, desk: Desk, user: User, other: User) -> None:
    token, secret = tokens.create_token(desk, other, "Tally", Scope.READ, 30)
    page = show("team")
    mine = texts(page)

    page.button_group(key="whose tokens").set_value("Everybody's").run()
    page.button(key=f"revoke {token.id}").click().run()

    assert "Tally" not in mine
    assert find_user_by_token(desk, secret, CALLER) is None


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.VIEWER])
def test_others_see_their_own_alone(show: Show, desk: Desk, user: User, other: User) -> None:
    tokens.create_token(desk, other, "Tally", Scope.READ, 30)

    page = show("team")

    assert "Tally" not in texts(page)
    assert [group.key for group in page.button_group if group.key == "whose tokens"] == []


class TestAnOpenDesk:
    @pytest.fixture
    def user(self) -> User:
        return LOCAL

    def test_says_that_no_account_exists_yet(self, show: Show) -> None:
        page = show("team")

        told = texts(page)
        assert told.count("No account exists yet, so nobody signs in here.") == 3
        assert [key for key in (button.key for button in page.button) if key in ("invite", "make token")] == []
        assert "save office" in {button.key for button in page.button}

"""Tokens: what programs may do in a person's name, until when, and how that ends."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotAllowed, NotFound, NotNow
from estimate_core.domain.people import Role, Scope, User
from estimate_core.services import estimates
from estimate_core.services import tokens as service
from estimate_core.services.accounts import NewPerson, create_first_account
from estimate_core.services.office import get_office
from estimate_core.services.people import change_role
from estimate_core.services.signing_in import Caller, find_user_by_token
from estimate_core.services.tokens import create_token, list_own_tokens, list_tokens, revoke_token
from estimate_core.storage.database import rows
from tests.conftest import Clock
from tests.members import CALLER, PASSWORD, let_in, sign_in_as


@pytest.fixture
def owner(desk: Desk) -> User:
    """An owner of the organisation."""
    return let_in(desk, "owner@example.org")


@pytest.fixture
def member(desk: Desk, owner: User) -> User:
    """An estimator of the same organisation."""
    return let_in(desk, "member@example.org", Role.ESTIMATOR)


def log(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.open_db() as db:
        found = rows(db, "SELECT * FROM audit WHERE kind = 'token' ORDER BY id")
    return [(row["name"], row["deed"], row["label"]) for row in found]


@pytest.mark.parametrize("scope", Scope)
def test_a_token_stands_for_its_person_within_its_scope(desk: Desk, member: User, scope: Scope, clock: Clock) -> None:
    token, secret = create_token(desk, member, " Tally  export ", scope, 30)

    found = find_user_by_token(desk, secret, Caller("10.0.0.8"))

    assert found
    assert (found.id, found.organisation, found.scope, found.token) == (member.id, "local", scope, token.id)
    assert get_office(desk, found) == get_office(desk, member)
    [listed] = list_own_tokens(desk, member)
    assert (listed.name, listed.used, listed.used_from) == ("Tally export", clock(), "10.0.0.8")
    assert (listed.expires - listed.created).days == 30
    assert log(desk) == [("Member", "created", f"Tally export, {scope}")]


def test_a_secret_is_known_by_its_beginning_and_not_kept(desk: Desk, member: User) -> None:
    _, secret = create_token(desk, member, "Tally", Scope.READ, 30)

    with desk.open_db() as db:
        kept = str(rows(db, "SELECT * FROM tokens")) + str(rows(db, "SELECT * FROM audit"))
    assert secret.startswith("ed_")
    assert len(secret) > 40
    assert secret not in kept
    assert secret.removeprefix("ed_") not in kept


def test_a_token_does_not_outlast_its_days(desk: Desk, member: User, clock: Clock) -> None:
    _, secret = create_token(desk, member, "Tally", Scope.READ, 1)
    clock.move(86_399)
    before = find_user_by_token(desk, secret, CALLER)

    clock.move(1)

    assert before
    assert find_user_by_token(desk, secret, CALLER) is None


def test_a_token_makes_no_token_and_manages_nothing(desk: Desk, owner: User) -> None:
    token, secret = create_token(desk, owner, "Tally", Scope.WRITE, 30)
    program = find_user_by_token(desk, secret, CALLER)
    assert program

    for act in (
        lambda: create_token(desk, program, "Another", Scope.READ, 365),
        lambda: list_own_tokens(desk, program),
        lambda: list_tokens(desk, program),
        lambda: revoke_token(desk, program, token.id),
    ):
        with pytest.raises(NotAllowed):
            act()

    assert [one.id for one in list_own_tokens(desk, owner)] == [token.id]


@pytest.mark.parametrize("name", ["", " \n ", "x" * 81])
def test_a_token_without_a_name_is_refused(desk: Desk, member: User, name: str) -> None:
    with pytest.raises(BadInput, match="name of the token"):
        create_token(desk, member, name, Scope.READ, 30)

    assert list_own_tokens(desk, member) == []


@pytest.mark.parametrize("days", [-1, 0, 366, 10**9])
def test_a_token_works_for_a_year_at_most(desk: Desk, member: User, days: int) -> None:
    with pytest.raises(BadInput, match="1 to 365 days"):
        create_token(desk, member, "Tally", Scope.READ, days)

    assert list_own_tokens(desk, member) == []


def test_a_viewer_makes_tokens_that_read(desk: Desk, owner: User) -> None:
    viewer = let_in(desk, "viewer@example.org", Role.VIEWER)

    with pytest.raises(NotAllowed, match="You are a viewer here"):
        create_token(desk, viewer, "Tally", Scope.WRITE, 30)
    create_token(desk, viewer, "Tally", Scope.READ, 30)

    assert [one.scope for one in list_own_tokens(desk, viewer)] == [Scope.READ]


def test_a_token_that_writes_does_not_when_its_person_may_no_more(desk: Desk, owner: User, member: User) -> None:
    _, secret = create_token(desk, member, "Tally", Scope.WRITE, 30)

    change_role(desk, owner, member.id, Role.VIEWER)

    program = find_user_by_token(desk, secret, CALLER)
    assert program
    with pytest.raises(NotAllowed):
        estimates.create_estimate(desk, program, "any")


def test_more_tokens_than_may_be_are_refused_until_one_is_revoked(
    desk: Desk, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_TOKENS", 2)
    made = [create_token(desk, member, f"Tally {number}", Scope.READ, 30)[0] for number in range(2)]
    with pytest.raises(NotNow, match="Revoke one"):
        create_token(desk, member, "One more", Scope.READ, 30)
    before = len(list_own_tokens(desk, member))

    revoke_token(desk, member, made[0].id)
    create_token(desk, member, "One more", Scope.READ, 30)

    assert before == 2
    assert [one.name for one in list_own_tokens(desk, member)] == ["One more", "Tally 1", "Tally 0"]


def test_expired_tokens_take_no_place(desk: Desk, member: User, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_TOKENS", 1)
    create_token(desk, member, "Tally", Scope.READ, 1)
    clock.move(86_400)

    create_token(desk, sign_in_as(desk, "member@example.org"), "Another", Scope.READ, 1)

    assert len(list_own_tokens(desk, member)) == 2


def test_a_revoked_token_opens_nothing(desk: Desk, member: User, clock: Clock) -> None:
    token, secret = create_token(desk, member, "Tally", Scope.READ, 30)

    revoke_token(desk, member, token.id)

    assert find_user_by_token(desk, secret, CALLER) is None
    assert [one.revoked for one in list_own_tokens(desk, member)] == [clock()]
    with pytest.raises(NotFound, match="revoked already"):
        revoke_token(desk, member, token.id)
    assert log(desk)[1:] == [("Member", "removed", "Tally")]


def test_an_owner_sees_all_tokens_and_revokes_any(desk: Desk, owner: User, member: User) -> None:
    token, secret = create_token(desk, member, "Tally", Scope.READ, 30)
    create_token(desk, owner, "Mine", Scope.READ, 30)
    listed = list_tokens(desk, owner)

    revoke_token(desk, owner, token.id)

    assert [(one.name, one.person) for one in listed] == [("Mine", "Owner"), ("Tally", "Member")]
    assert find_user_by_token(desk, secret, CALLER) is None
    assert log(desk)[-1] == ("Owner", "removed", "Tally")


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.VIEWER])
def test_others_see_and_revoke_their_own_alone(desk: Desk, owner: User, role: Role) -> None:
    member = let_in(desk, "member@example.org", role)
    token, _ = create_token(desk, owner, "Tally", Scope.READ, 30)

    with pytest.raises(NotAllowed):
        list_tokens(desk, member)
    with pytest.raises(NotFound):
        revoke_token(desk, member, token.id)

    assert list_own_tokens(desk, member) == []
    assert [one.revoked for one in list_own_tokens(desk, owner)] == [None]


def test_a_stranger_finds_no_token(desk: Desk, owner: User) -> None:
    stranger = let_in(desk, "stranger@example.org", Role.OWNER, "elsewhere")
    token, secret = create_token(desk, owner, "Tally", Scope.READ, 30)

    for token_id in (token.id, "", "unknown", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            revoke_token(desk, stranger, token_id)

    assert list_tokens(desk, stranger) == []
    assert find_user_by_token(desk, secret, CALLER)


def test_an_open_desk_makes_no_tokens_that_would_open_it_once_it_is_closed(desk: Desk, user: User) -> None:
    with pytest.raises(NotNow, match="Create the first account"):
        create_token(desk, user, "Tally", Scope.WRITE, 365)
    create_first_account(desk, "Roads", NewPerson("Mira", "mira@example.org", PASSWORD), CALLER)

    assert list_own_tokens(desk, sign_in_as(desk, "mira@example.org")) == []

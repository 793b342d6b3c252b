"""Invitations: offered by owners, accepted once, and worth nothing after that."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, DeskError, NotAllowed, NotFound, NotNow, QuotaReached, SignedOut
from estimate_core.domain.people import INVITATION_LIFE, Role, User
from estimate_core.services import invitations as service
from estimate_core.services.accounts import NewPerson, add_user, disable_user, enable_user, set_password
from estimate_core.services.invitations import (
    Offer,
    accept_invitation,
    accept_signed_in,
    find_invitation,
    invite,
    list_invitations,
    withdraw_invitation,
)
from estimate_core.services.passwords import hash_password, is_password
from estimate_core.services.signing_in import (
    ACCOUNT_TRIES,
    Visitor,
    find_visitor,
    sign_in,
    sign_in_by_email,
    start_session,
)
from estimate_core.storage import accounts, sessions
from estimate_core.storage.database import rows, writing
from tests.conftest import Clock
from tests.members import CALLER, PASSWORD, join, let_in, sign_in_as

ADDRESS = "mira@example.org"


@pytest.fixture
def owner(desk: Desk) -> User:
    """An owner of the organisation, so that the desk is closed."""
    return let_in(desk, "owner@example.org")


@pytest.fixture
def secret(desk: Desk, owner: User) -> str:
    """The secret of Mira's invitation, as an estimator."""
    return invite(desk, owner, ADDRESS, Role.ESTIMATOR)[1]


def visitor(desk: Desk, ticket: str) -> Visitor:
    found = find_visitor(desk, ticket, CALLER)
    assert found
    return found


def people(desk: Desk, organisation: str = "local") -> list[tuple[str, Role]]:
    with desk.open_db() as db:
        return [(member.account.email, member.role) for member in accounts.list_members(db, organisation)]


def log(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.open_db() as db:
        found = rows(db, "SELECT name, deed, label FROM audit WHERE kind = 'invitation' ORDER BY id")
    return [(row["name"], row["deed"], row["label"]) for row in found]


def test_an_invitation_says_what_it_offers(desk: Desk, owner: User, secret: str) -> None:
    assert find_invitation(desk, secret) == Offer("local", ADDRESS, Role.ESTIMATOR, has_account=False)
    [listed] = list_invitations(desk, owner)
    assert (listed.email, listed.role, listed.expires - listed.created) == (ADDRESS, Role.ESTIMATOR, INVITATION_LIFE)


def test_who_accepts_gets_an_account_and_is_signed_in(desk: Desk, owner: User, secret: str) -> None:
    ticket = accept_invitation(desk, secret, " Mira  Rao ", PASSWORD, CALLER)

    user = visitor(desk, ticket).user
    assert user
    assert (user.name, user.organisation, user.role) == ("Mira Rao", "local", Role.ESTIMATOR)
    assert list_invitations(desk, owner) == []
    assert visitor(desk, sign_in(desk, ADDRESS, PASSWORD, CALLER)).user
    assert log(desk) == [
        ("Owner", "invited", f"{ADDRESS}, estimator"),
        ("Mira Rao", "accepted the invitation of", ADDRESS),
    ]


def test_only_the_hash_of_the_secret_is_kept(desk: Desk, secret: str) -> None:
    with desk.open_db() as db:
        kept = rows(db, "SELECT * FROM invitations")

    assert secret not in str(kept)


def test_an_invitation_works_once(desk: Desk, secret: str) -> None:
    accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)

    with pytest.raises(NotFound, match="cannot be used any more"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)
    with pytest.raises(NotFound, match="cannot be used any more"):
        find_invitation(desk, secret)

    assert len(people(desk)) == 2


def test_of_two_who_accept_at_once_one_gets_in(desk: Desk, secret: str) -> None:
    def accept(name: str) -> str:
        try:
            return accept_invitation(desk, secret, name, PASSWORD, CALLER)
        except DeskError as refusal:
            return type(refusal).__name__

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(accept, ("Mira", "Not Mira")))

    refused = [end for end in ends if end in ("NotFound", "NotNow")]
    [ticket] = [end for end in ends if end not in refused]
    assert len(refused) == 1
    assert visitor(desk, ticket).account.email == ADDRESS
    assert len(people(desk)) == 2


def test_who_has_an_account_joins_by_its_password_and_keeps_its_name(desk: Desk, owner: User, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)

    offer = find_invitation(desk, secret)
    ticket = accept_invitation(desk, secret, "Another name", PASSWORD, CALLER)

    user = visitor(desk, ticket).user
    assert offer.has_account and offer.has_password
    assert user
    assert (user.name, user.organisation, user.role) == ("Mira", "local", Role.ESTIMATOR)
    assert people(desk, "elsewhere") == [(ADDRESS, Role.OWNER)]


def test_a_session_elsewhere_goes_on_showing_what_it_showed(desk: Desk, secret: str, clock: Clock) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)
    earlier = sign_in(desk, ADDRESS, PASSWORD, CALLER)
    clock.move(-86_400)

    ticket = accept_invitation(desk, secret, "", PASSWORD, CALLER)

    shown = [visitor(desk, one).user for one in (earlier, ticket)]
    assert [user.organisation for user in shown if user] == ["elsewhere", "local"]
    with desk.open_db() as db:
        told = rows(db, "SELECT organisation FROM audit WHERE deed = 'signed in' AND label = ? ORDER BY id", [ADDRESS])
    assert [row["organisation"] for row in told] == ["elsewhere", "local"]


@pytest.mark.parametrize("password", ["", "not the password", PASSWORD.upper()])
def test_an_invitation_is_no_way_into_an_account_without_its_password(
    desk: Desk, owner: User, secret: str, password: str
) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)

    with pytest.raises(BadInput, match="not the password"):
        accept_invitation(desk, secret, "Mira", password, CALLER)

    assert len(people(desk)) == 1
    assert len(list_invitations(desk, owner)) == 1


def test_a_password_that_is_changed_while_it_is_compared_joins_nothing(
    desk: Desk, owner: User, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)
    another = hash_password("another kettle over the moor")

    def compare(password: str, kept: str | None) -> bool:
        is_right = is_password(password, kept)
        with desk.open_db() as db, writing(db):
            account = accounts.find_account(db, ADDRESS)
            assert account
            accounts.set_password(db, account.id, another)
        return is_right

    monkeypatch.setattr(service, "is_password", compare)

    with pytest.raises(BadInput, match="not the password"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)

    assert ADDRESS not in dict(people(desk))
    assert len(list_invitations(desk, owner)) == 1
    with desk.open_db() as db:
        account = accounts.find_account(db, ADDRESS)
        assert account
        assert sessions.list_sessions(db, account.id) == []


def test_an_account_without_a_password_is_not_opened_by_any(desk: Desk, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere")

    with pytest.raises(BadInput, match="not the password"):
        accept_invitation(desk, secret, "Mira", "", CALLER)

    assert len(people(desk)) == 1


def test_who_is_signed_in_joins_without_a_password(desk: Desk, owner: User, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere")
    ticket = ticket_of(desk, ADDRESS)

    accept_signed_in(desk, visitor(desk, ticket), secret)

    user = visitor(desk, ticket).user
    assert user
    assert (user.name, user.organisation, user.role) == ("Mira", "local", Role.ESTIMATOR)
    assert log(desk)[-1] == ("Mira", "accepted the invitation of", ADDRESS)
    with pytest.raises(NotFound):
        accept_signed_in(desk, visitor(desk, ticket), secret)


def test_an_invitation_is_for_its_address_alone(desk: Desk, owner: User, secret: str) -> None:
    join(desk, "stranger@example.org", Role.OWNER, "elsewhere")

    with pytest.raises(NotFound, match="Ask who sent it"):
        accept_signed_in(desk, visitor(desk, ticket_of(desk, "stranger@example.org")), secret)

    assert len(people(desk)) == 1
    assert len(list_invitations(desk, owner)) == 1


def test_a_session_that_was_ended_meanwhile_joins_nothing(desk: Desk, owner: User, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere")
    seen = visitor(desk, ticket_of(desk, ADDRESS))
    disable_user(desk, ADDRESS)

    with pytest.raises(SignedOut, match="open the link of the invitation again"):
        accept_signed_in(desk, seen, secret)

    assert len(people(desk)) == 1


def test_who_is_to_change_their_password_first_does_not_join_by_the_session(
    desk: Desk, owner: User, secret: str
) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)
    set_password(desk, ADDRESS, "another kettle over the moor")

    with pytest.raises(NotFound):
        accept_signed_in(desk, visitor(desk, ticket_of(desk, ADDRESS)), secret)

    assert len(people(desk)) == 1


def test_who_belongs_already_does_not_join_again(desk: Desk, owner: User, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER)

    with pytest.raises(NotNow, match="You belong to this organisation already"):
        accept_signed_in(desk, visitor(desk, ticket_of(desk, ADDRESS)), secret)

    assert (ADDRESS, Role.OWNER) in people(desk)


def ticket_of(desk: Desk, email: str) -> str:
    with desk.open_db() as db, writing(db):
        account = accounts.find_account(db, email)
        assert account
        return start_session(desk, db, account, "oidc", CALLER)


def test_guessing_an_accounts_password_by_an_invitation_is_slowed_down(
    desk: Desk, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)
    monkeypatch.setattr(service, "is_password", lambda password, kept: password == PASSWORD)
    for _ in range(ACCOUNT_TRIES):
        with pytest.raises(BadInput):
            accept_invitation(desk, secret, "Mira", "a guess", CALLER)

    with pytest.raises(QuotaReached, match="too many tries"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)
    with pytest.raises(QuotaReached):
        sign_in(desk, ADDRESS, PASSWORD, CALLER)

    assert len(people(desk)) == 1


def test_a_disabled_account_does_not_join(desk: Desk, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER, "elsewhere", PASSWORD)
    disable_user(desk, ADDRESS)

    with pytest.raises(BadInput, match="not the password"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)

    assert len(people(desk)) == 1


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("", PASSWORD, "name of 1 to 80"),
        ("x" * 81, PASSWORD, "name of 1 to 80"),
        ("Mira", "short", "fewer than 10"),
        ("Mira", "mira@example.org", "too easy"),
        ("Mira", "password1234", "too easy"),
    ],
)
def test_a_new_account_is_checked_as_the_first_one(
    desk: Desk, owner: User, secret: str, name: str, password: str, told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        accept_invitation(desk, secret, name, password, CALLER)

    assert len(people(desk)) == 1
    assert len(list_invitations(desk, owner)) == 1


@pytest.mark.parametrize("secret", ["", "unknown", "x" * 10_000, "' OR 1=1 --", "\ud800"])
def test_an_unknown_secret_opens_nothing(desk: Desk, owner: User, secret: str) -> None:
    with pytest.raises(NotFound, match="Ask who sent it for a new one"):
        find_invitation(desk, secret)
    with pytest.raises(NotFound):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)

    assert len(people(desk)) == 1


def test_an_invitation_expires(desk: Desk, owner: User, secret: str, clock: Clock) -> None:
    clock.move(INVITATION_LIFE.total_seconds() - 1)
    before = find_invitation(desk, secret)

    clock.move(1)

    assert before.email == ADDRESS
    with pytest.raises(NotFound):
        find_invitation(desk, secret)
    with pytest.raises(NotFound):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)
    assert list_invitations(desk, sign_in_as(desk, "owner@example.org")) == []


def test_a_new_invitation_takes_the_place_of_the_one_before(desk: Desk, owner: User, secret: str) -> None:
    _, another = invite(desk, owner, " MIRA@Example.org ", Role.VIEWER)

    with pytest.raises(NotFound):
        find_invitation(desk, secret)
    assert find_invitation(desk, another).role is Role.VIEWER
    assert [one.role for one in list_invitations(desk, owner)] == [Role.VIEWER]


def test_a_withdrawn_invitation_opens_nothing(desk: Desk, owner: User, secret: str) -> None:
    [invitation] = list_invitations(desk, owner)

    withdraw_invitation(desk, owner, invitation.id)

    with pytest.raises(NotFound):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)
    with pytest.raises(NotFound, match="Choose one from the list"):
        withdraw_invitation(desk, owner, invitation.id)
    assert list_invitations(desk, owner) == []
    assert log(desk)[-1] == ("Owner", "withdrew", ADDRESS)


def test_who_belongs_already_is_not_invited(desk: Desk, owner: User) -> None:
    with pytest.raises(BadInput, match="belongs to your organisation already"):
        invite(desk, owner, "Owner@example.org", Role.VIEWER)

    assert list_invitations(desk, owner) == []
    assert log(desk) == []


def test_an_invitation_does_not_change_who_was_let_in_meanwhile(desk: Desk, owner: User, secret: str) -> None:
    join(desk, ADDRESS, Role.OWNER, "local", PASSWORD)

    with pytest.raises(NotNow, match="You belong to this organisation already"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)

    assert (ADDRESS, Role.OWNER) in people(desk)


def test_who_was_taken_out_comes_back_as_the_person_they_were(desk: Desk, owner: User) -> None:
    earlier = join(desk, ADDRESS, Role.OWNER, "local", PASSWORD)
    with desk.open_db() as db, writing(db):
        accounts.remove_member(db, "local", earlier, desk.now())
    _, secret = invite(desk, owner, ADDRESS, Role.VIEWER)

    user = visitor(desk, accept_invitation(desk, secret, "", PASSWORD, CALLER)).user

    assert user
    assert (user.id, user.role) == (earlier, Role.VIEWER)


@pytest.mark.parametrize("email", ["", "mira", "mira@", "a@b@c.org", "mira@example", "x" * 250 + "@example.org"])
def test_what_is_no_address_is_not_invited(desk: Desk, owner: User, email: str) -> None:
    with pytest.raises(BadInput, match="not an e-mail address"):
        invite(desk, owner, email, Role.VIEWER)

    assert list_invitations(desk, owner) == []


def test_more_invitations_than_may_be_open_are_refused(
    desk: Desk, owner: User, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_INVITATIONS", 1)

    with pytest.raises(NotNow, match="Withdraw some first"):
        invite(desk, owner, "another@example.org", Role.VIEWER)

    assert find_invitation(desk, secret).email == ADDRESS


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.VIEWER])
def test_only_owners_invite(desk: Desk, owner: User, secret: str, role: Role) -> None:
    member = let_in(desk, "member@example.org", role)
    [invitation] = list_invitations(desk, owner)

    for act in (
        lambda: invite(desk, member, "another@example.org", Role.OWNER),
        lambda: list_invitations(desk, member),
        lambda: withdraw_invitation(desk, member, invitation.id),
    ):
        with pytest.raises(NotAllowed, match="Ask an owner"):
            act()

    assert list_invitations(desk, owner) == [invitation]


def test_a_stranger_finds_no_invitation(desk: Desk, owner: User, secret: str) -> None:
    stranger = let_in(desk, "stranger@example.org", Role.OWNER, "elsewhere")
    [invitation] = list_invitations(desk, owner)

    with pytest.raises(NotFound):
        withdraw_invitation(desk, stranger, invitation.id)

    assert list_invitations(desk, stranger) == []
    assert find_invitation(desk, secret).organisation == "local"


def test_an_open_desk_invites_nobody(desk: Desk, user: User) -> None:
    with pytest.raises(NotNow, match="Create the first account"):
        invite(desk, user, ADDRESS, Role.OWNER)

    assert list_invitations(desk, user) == []


def test_who_only_had_the_link_is_out_once_another_vouches_for_the_address(desk: Desk, secret: str) -> None:
    theirs = accept_invitation(desk, secret, "Not Mira", "a lamp beside the well", CALLER)

    own = sign_in_by_email(desk, ADDRESS, "oidc", CALLER)

    assert visitor(desk, own).user
    assert find_visitor(desk, theirs, CALLER) is None
    with pytest.raises(BadInput, match="is not right"):
        sign_in(desk, ADDRESS, "a lamp beside the well", CALLER)
    with desk.open_db() as db:
        [told] = rows(db, "SELECT kind, label FROM audit WHERE deed = 'changed the password of'")
    assert told == {"kind": "person", "label": ADDRESS}


def test_a_password_that_came_after_another_vouched_or_from_the_host_stays(desk: Desk, secret: str) -> None:
    accept_invitation(desk, secret, "Mira", "a lamp beside the well", CALLER)
    set_password(desk, ADDRESS, PASSWORD)

    sign_in_by_email(desk, ADDRESS, "oidc", CALLER)

    assert sign_in(desk, ADDRESS, PASSWORD, CALLER)


def disable(desk: Desk) -> None:
    disable_user(desk, "owner@example.org")


def demote(desk: Desk) -> None:
    add_user(desk, NewPerson("", "owner@example.org", None), "local", Role.VIEWER)


@pytest.mark.parametrize("act", [disable, demote])
def test_what_an_owner_invited_to_is_withdrawn_when_a_command_ends_their_ownership(
    desk: Desk, owner: User, secret: str, act: Callable[[Desk], None]
) -> None:
    another = let_in(desk, "another@example.org")
    _, kept = invite(desk, another, "guest@example.org", Role.OWNER)

    act(desk)

    with pytest.raises(NotFound, match="cannot be used any more"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)
    assert find_invitation(desk, kept).role is Role.OWNER
    assert [one.email for one in list_invitations(desk, another)] == ["guest@example.org"]
    assert ADDRESS not in dict(people(desk))


@pytest.mark.parametrize("act", [disable, demote])
def test_who_is_an_owner_again_finds_none_of_their_invitations_open(
    desk: Desk, owner: User, secret: str, act: Callable[[Desk], None]
) -> None:
    act(desk)

    enable_user(desk, "owner@example.org")
    add_user(desk, NewPerson("", "owner@example.org", None), "local", Role.OWNER)

    with pytest.raises(NotFound):
        find_invitation(desk, secret)
    assert list_invitations(desk, sign_in_as(desk, "owner@example.org")) == []


def test_disabling_an_owner_withdraws_what_they_invited_to_in_all_their_organisations(desk: Desk, owner: User) -> None:
    elsewhere = let_in(desk, "owner@example.org", Role.OWNER, "elsewhere")
    _, secret = invite(desk, elsewhere, ADDRESS, Role.OWNER)

    disable(desk)

    with pytest.raises(NotFound):
        find_invitation(desk, secret)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts SET disabled = created WHERE email = 'owner@example.org'",
        "UPDATE users SET role = 'estimator' WHERE name = 'Owner'",
        "UPDATE users SET removed = '2026-11-02' WHERE name = 'Owner'",
        "UPDATE invitations SET created_by = 'nobody'",
    ],
)
def test_an_invitation_opens_nothing_unless_who_made_it_is_an_owner_who_can_sign_in(
    desk: Desk, owner: User, secret: str, statement: str
) -> None:
    another = let_in(desk, "another@example.org")
    with desk.open_db() as db, writing(db):
        db.execute(statement)

    with pytest.raises(NotFound, match="cannot be used any more"):
        find_invitation(desk, secret)
    with pytest.raises(NotFound, match="cannot be used any more"):
        accept_invitation(desk, secret, "Mira", PASSWORD, CALLER)

    assert list_invitations(desk, another) == []
    assert ADDRESS not in dict(people(desk))

"""The people of an organisation: who belongs, as what, and that somebody can always let others in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, DeskError, NotAllowed, NotFound, NotNow, SignedOut
from estimate_core.domain.people import Organisation, Role, Scope, User
from estimate_core.services import people
from estimate_core.services.accounts import disable_user
from estimate_core.services.invitations import find_invitation, invite
from estimate_core.services.office import get_office
from estimate_core.services.signing_in import find_user_by_token
from estimate_core.services.tokens import create_token
from estimate_core.storage.database import rows
from tests.conftest import Clock
from tests.members import CALLER, join, let_in, sign_in_as

OWNER, MEMBER, STRANGER = "owner@example.org", "member@example.org", "stranger@example.org"
UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def owner(desk: Desk) -> User:
    """The one owner of the organisation."""
    return let_in(desk, OWNER)


@pytest.fixture
def member(desk: Desk, owner: User) -> User:
    """An estimator of the same organisation."""
    return let_in(desk, MEMBER, Role.ESTIMATOR)


@pytest.fixture
def foreigner(desk: Desk) -> User:
    """The owner of another organisation."""
    return let_in(desk, STRANGER, Role.OWNER, "elsewhere")


def roles(desk: Desk, user: User) -> dict[str, Role]:
    return {person.email: person.role for person in people.list_people(desk, user)}


def last_told(desk: Desk, organisation: str = "local") -> tuple[str, str, str]:
    with desk.open_db() as db:
        row = rows(db, "SELECT * FROM audit WHERE organisation = ? ORDER BY id DESC LIMIT 1", (organisation,))[0]
    return row["name"], row["deed"], row["label"]


def test_everyone_sees_who_belongs_and_nobody_else(
    desk: Desk, owner: User, member: User, foreigner: User, clock: Clock
) -> None:
    join(desk, "new@example.org", Role.VIEWER)

    found = people.list_people(desk, member)

    assert [(one.email, one.name, one.role, one.seen) for one in found] == [
        (MEMBER, "Member", Role.ESTIMATOR, clock()),
        ("new@example.org", "New", Role.VIEWER, None),
        (OWNER, "Owner", Role.OWNER, clock()),
    ]
    assert roles(desk, foreigner) == {STRANGER: Role.OWNER}


def test_using_another_organisation_is_told_in_that_one_alone(desk: Desk, owner: User, clock: Clock) -> None:
    join(desk, MEMBER, Role.VIEWER)
    join(desk, MEMBER, Role.VIEWER, "elsewhere")

    sign_in_as(desk, MEMBER, "elsewhere")

    assert {one.email: one.seen for one in people.list_people(desk, owner)}[MEMBER] is None


def last_seen(desk: Desk, owner: User) -> datetime | None:
    """When the member was seen last, as the people of the first organisation are told."""
    return {one.email: one.seen for one in people.list_people(desk, owner)}[MEMBER]


def test_who_goes_to_another_organisation_was_seen_here_when_they_left(desk: Desk, owner: User, clock: Clock) -> None:
    join(desk, MEMBER, Role.VIEWER)
    join(desk, MEMBER, Role.VIEWER, "elsewhere")
    member = sign_in_as(desk, MEMBER)
    left = clock()
    clock.move(600)

    people.switch_organisation(desk, member, "elsewhere")

    assert last_seen(desk, owner) == left
    assert [one.seen for one in people.list_people(desk, sign_in_as(desk, MEMBER, "elsewhere"))] == [clock()]


def test_who_is_put_back_was_seen_before(desk: Desk, owner: User, member: User, clock: Clock) -> None:
    seen = clock()
    clock.move(600)

    people.remove_person(desk, owner, member.id)
    people.restore_person(desk, owner, member.id)

    assert last_seen(desk, owner) == seen


def test_a_program_with_a_token_is_seen_in_its_organisation(
    desk: Desk, owner: User, member: User, clock: Clock
) -> None:
    _, secret = create_token(desk, member, "script", Scope.READ, 30)
    clock.move(600)

    find_user_by_token(desk, secret, CALLER)

    assert last_seen(desk, owner) == clock()


def test_a_disabled_account_is_told(desk: Desk, owner: User, member: User, clock: Clock) -> None:
    disable_user(desk, MEMBER)

    assert {one.email: one.disabled for one in people.list_people(desk, owner)} == {MEMBER: clock(), OWNER: None}


def test_an_owner_changes_a_role_which_holds_at_once(desk: Desk, owner: User, member: User) -> None:
    people.change_role(desk, owner, member.id, Role.OWNER)

    people.rename_organisation(desk, member, "Roads")

    assert roles(desk, owner)[MEMBER] is Role.OWNER
    assert people.get_organisation(desk, owner) == Organisation("local", "Roads")


def test_a_changed_role_is_told(desk: Desk, owner: User, member: User) -> None:
    people.change_role(desk, owner, member.id, Role.VIEWER)
    told = last_told(desk)

    people.change_role(desk, owner, member.id, Role.VIEWER)

    assert told == ("Owner", "changed", f"{MEMBER}, estimator to viewer")
    with desk.open_db() as db:
        assert len(rows(db, "SELECT 1 FROM audit WHERE deed = 'changed'")) == 1


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.VIEWER])
def test_the_last_owner_stays_one(desk: Desk, owner: User, member: User, role: Role) -> None:
    with pytest.raises(NotNow, match="Make another person an owner first"):
        people.change_role(desk, owner, owner.id, role)
    with pytest.raises(NotNow, match=f"{OWNER} is the last owner"):
        people.remove_person(desk, owner, owner.id)

    assert roles(desk, owner) == {MEMBER: Role.ESTIMATOR, OWNER: Role.OWNER}


def test_an_owner_who_cannot_sign_in_does_not_count(desk: Desk, owner: User, member: User) -> None:
    people.change_role(desk, owner, member.id, Role.OWNER)
    disable_user(desk, MEMBER)

    with pytest.raises(NotNow):
        people.remove_person(desk, owner, owner.id)
    people.remove_person(desk, owner, member.id)

    assert roles(desk, owner) == {OWNER: Role.OWNER}


def test_of_two_owners_who_go_at_once_one_stays(desk: Desk, owner: User) -> None:
    another = let_in(desk, MEMBER)

    def go(user: User) -> str:
        try:
            people.remove_person(desk, user, user.id)
        except DeskError as refusal:
            return type(refusal).__name__
        return "gone"

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(go, (owner, another)))

    assert ends == ["NotNow", "gone"]
    with desk.open_db() as db:
        assert len(rows(db, "SELECT 1 FROM users WHERE removed IS NULL AND account NOT NULL AND role = 'owner'")) == 1


def test_who_is_taken_out_is_out_at_once_by_every_door(desk: Desk, owner: User, member: User) -> None:
    _, secret = create_token(desk, member, "Tally", Scope.READ, 30)

    people.remove_person(desk, owner, member.id)

    assert roles(desk, owner) == {OWNER: Role.OWNER}
    with pytest.raises(SignedOut):
        get_office(desk, member)
    assert find_user_by_token(desk, secret, CALLER) is None
    assert last_told(desk) == ("Owner", "removed", MEMBER)


def test_who_is_taken_out_stays_where_they_belong_besides(desk: Desk, owner: User, member: User) -> None:
    join(desk, MEMBER, Role.OWNER, "elsewhere")
    there = sign_in_as(desk, MEMBER, "elsewhere")
    _, secret = create_token(desk, there, "Tally", Scope.READ, 30)

    people.remove_person(desk, owner, member.id)

    assert roles(desk, there) == {MEMBER: Role.OWNER}
    assert find_user_by_token(desk, secret, CALLER)


def test_who_is_put_back_has_their_role_and_no_token(desk: Desk, owner: User, member: User) -> None:
    _, secret = create_token(desk, member, "Tally", Scope.READ, 30)
    people.remove_person(desk, owner, member.id)

    people.restore_person(desk, owner, member.id)

    assert roles(desk, owner)[MEMBER] is Role.ESTIMATOR
    assert get_office(desk, member) == get_office(desk, owner)
    assert find_user_by_token(desk, secret, CALLER) is None
    assert last_told(desk) == ("Owner", "restored", f"{MEMBER}, estimator")


@pytest.mark.parametrize("leave", ["removed", "demoted"])
def test_an_owner_who_goes_leaves_no_open_invitations(desk: Desk, owner: User, leave: str) -> None:
    another = let_in(desk, MEMBER)
    _, gone = invite(desk, another, "friend@example.org", Role.OWNER)
    _, stays = invite(desk, owner, "new@example.org", Role.OWNER)

    if leave == "removed":
        people.remove_person(desk, owner, another.id)
    else:
        people.change_role(desk, owner, another.id, Role.ESTIMATOR)

    with pytest.raises(NotFound):
        find_invitation(desk, gone)
    assert find_invitation(desk, stays).email == "new@example.org"


def test_who_was_never_taken_out_is_not_put_back(desk: Desk, owner: User, member: User) -> None:
    for user_id in (member.id, UNKNOWN, "", "colleague"):
        with pytest.raises(NotFound, match="was not taken out"):
            people.restore_person(desk, owner, user_id)

    assert roles(desk, owner) == {MEMBER: Role.ESTIMATOR, OWNER: Role.OWNER}


@pytest.mark.parametrize("role", [Role.ESTIMATOR, Role.VIEWER])
def test_only_owners_manage_people(desk: Desk, owner: User, role: Role) -> None:
    member = let_in(desk, MEMBER, role)
    removed = join(desk, "gone@example.org")
    people.remove_person(desk, owner, removed)

    for act in (
        lambda: people.change_role(desk, member, member.id, Role.OWNER),
        lambda: people.remove_person(desk, member, owner.id),
        lambda: people.restore_person(desk, member, removed),
        lambda: people.rename_organisation(desk, member, "Mine"),
    ):
        with pytest.raises(NotAllowed, match="Ask an owner"):
            act()

    assert roles(desk, owner) == {MEMBER: role, OWNER: Role.OWNER}
    assert people.get_organisation(desk, owner).name == "local"


def test_a_stranger_finds_nobody(desk: Desk, owner: User, member: User, foreigner: User) -> None:
    removed = join(desk, "gone@example.org")
    people.remove_person(desk, owner, removed)

    for act in (
        lambda: people.change_role(desk, foreigner, member.id, Role.OWNER),
        lambda: people.remove_person(desk, foreigner, member.id),
        lambda: people.restore_person(desk, foreigner, removed),
        lambda: people.switch_organisation(desk, foreigner, "local"),
    ):
        with pytest.raises(NotFound):
            act()

    assert roles(desk, owner) == {MEMBER: Role.ESTIMATOR, OWNER: Role.OWNER}


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_name_that_cannot_be_leaves_the_one_before(desk: Desk, owner: User, name: str) -> None:
    with pytest.raises(BadInput, match="name of the organisation of 1 to 80"):
        people.rename_organisation(desk, owner, name)
    with pytest.raises(BadInput, match="name of 1 to 80"):
        people.change_own_name(desk, owner, name)

    assert people.get_organisation(desk, owner).name == "local"
    assert [one.name for one in people.list_people(desk, owner)] == ["Owner"]


def test_an_organisation_is_renamed_and_another_is_not(desk: Desk, owner: User, foreigner: User) -> None:
    renamed = people.rename_organisation(desk, owner, " Roads and\nBuildings ")

    assert renamed == people.get_organisation(desk, owner) == Organisation("local", "Roads and Buildings")
    assert people.get_organisation(desk, foreigner).name == "elsewhere"
    assert last_told(desk) == ("Owner", "renamed", "local to Roads and Buildings")


def test_the_name_of_another_organisation_tells_nothing_of_it(desk: Desk, owner: User, foreigner: User) -> None:
    assert people.rename_organisation(desk, owner, "elsewhere").name == "elsewhere"


def test_a_person_has_another_name_in_all_their_organisations(desk: Desk, owner: User, member: User) -> None:
    join(desk, MEMBER, Role.VIEWER, "elsewhere")

    people.change_own_name(desk, member, " Mira  Rao ")

    told = [last_told(desk, organisation) for organisation in ("local", "elsewhere")]
    there = sign_in_as(desk, MEMBER, "elsewhere")
    assert [one.name for one in people.list_people(desk, owner)] == ["Mira Rao", "Owner"]
    assert [one.name for one in people.list_people(desk, there)] == ["Mira Rao"]
    assert told == [("Mira Rao", "renamed", MEMBER)] * 2


def test_a_person_sees_their_organisations_and_switches(desk: Desk, owner: User, member: User) -> None:
    join(desk, MEMBER, Role.VIEWER, "elsewhere")
    before = people.list_own_organisations(desk, member)

    people.switch_organisation(desk, member, "elsewhere")

    with desk.open_db() as db:
        [current] = rows(
            db, "SELECT u.organisation FROM sessions s JOIN users u ON u.id = s.user WHERE s.id = ?", [member.session]
        )
    assert [(one.organisation.id, one.role, one.is_shown) for one in before] == [
        ("elsewhere", Role.VIEWER, False),
        ("local", Role.ESTIMATOR, True),
    ]
    assert current["organisation"] == "elsewhere"
    assert last_told(desk, "elsewhere") == ("Member", "signed in", MEMBER)


@pytest.mark.parametrize("organisation", ["elsewhere", "", UNKNOWN, "local' OR '1'='1"])
def test_who_does_not_belong_does_not_switch(desk: Desk, owner: User, foreigner: User, organisation: str) -> None:
    with pytest.raises(NotFound, match="You do not belong"):
        people.switch_organisation(desk, owner, organisation)

    assert [one.is_shown for one in people.list_own_organisations(desk, owner)] == [True]
    assert get_office(desk, owner)


def test_who_was_taken_out_does_not_switch_back(desk: Desk, owner: User, member: User) -> None:
    join(desk, MEMBER, Role.VIEWER, "elsewhere")
    there = sign_in_as(desk, MEMBER, "elsewhere")
    people.remove_person(desk, owner, member.id)

    with pytest.raises(NotFound):
        people.switch_organisation(desk, there, "local")

    assert [one.organisation.id for one in people.list_own_organisations(desk, there)] == ["elsewhere"]


def test_at_an_open_desk_nobody_belongs_yet(desk: Desk, user: User, colleague: User) -> None:
    for act in (
        lambda: people.change_own_name(desk, user, "Mira"),
        lambda: people.switch_organisation(desk, user, "local"),
    ):
        with pytest.raises(NotNow, match="Create the first account"):
            act()
    with pytest.raises(NotFound):
        people.remove_person(desk, user, colleague.id)

    assert people.list_people(desk, user) == []
    assert people.list_own_organisations(desk, user) == []

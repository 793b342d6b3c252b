"""A person's own sessions: seen and ended by nobody else."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import NotFound, NotNow, SignedOut
from estimate_core.domain.people import Role, User
from estimate_core.services.office import get_office
from estimate_core.services.own_sessions import end_other_sessions, end_session, list_own_sessions
from estimate_core.services.signing_in import Caller
from estimate_core.storage.database import rows
from tests.conftest import Clock
from tests.members import join, let_in, sign_in_as

VIEWER = "viewer@example.org"
PHONE = Caller("10.0.0.9", "Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0.0.0 Mobile Safari/537.36")


@pytest.fixture
def here(desk: Desk) -> User:
    """A viewer, as they are signed in at their desk."""
    return let_in(desk, VIEWER, Role.VIEWER)


@pytest.fixture
def there(desk: Desk, here: User, clock: Clock) -> User:
    """The same person, as they signed in on their phone an hour later."""
    clock.move(3_600)
    return sign_in_as(desk, VIEWER, caller=PHONE)


@pytest.fixture
def other(desk: Desk, here: User) -> User:
    """An owner of the same organisation."""
    return let_in(desk, "owner@example.org")


def log(desk: Desk) -> list[tuple[str, str, str]]:
    with desk.open_db() as db:
        found = rows(db, "SELECT * FROM audit WHERE deed = 'ended a session of' ORDER BY id")
    return [(row["organisation"], row["object"], row["label"]) for row in found]


def test_a_person_sees_where_they_are_signed_in_this_browser_first(desk: Desk, here: User, there: User) -> None:
    found = list_own_sessions(desk, here)

    assert [(one.id, one.browser, one.address, one.is_this) for one in found] == [
        (here.session, "Firefox on Windows", "10.0.0.7", True),
        (there.session, "Chrome on Android", "10.0.0.9", False),
    ]
    assert (found[1].since - found[0].since).total_seconds() == 3_600


def test_an_ended_session_is_over_at_once(desk: Desk, here: User, there: User) -> None:
    end_session(desk, here, there.session)

    with pytest.raises(SignedOut):
        get_office(desk, there)
    assert [one.id for one in list_own_sessions(desk, here)] == [here.session]
    assert log(desk) == [("local", there.session, VIEWER)]


def test_a_person_may_end_the_session_that_they_are_in(desk: Desk, here: User, there: User) -> None:
    end_session(desk, here, here.session)

    with pytest.raises(SignedOut):
        list_own_sessions(desk, here)
    assert [one.id for one in list_own_sessions(desk, there)] == [there.session]


def test_all_others_are_ended_and_this_one_stays(desk: Desk, here: User, there: User, other: User) -> None:
    sign_in_as(desk, VIEWER)

    ended = end_other_sessions(desk, here)

    assert ended == 2
    assert [one.id for one in list_own_sessions(desk, here)] == [here.session]
    assert [one.id for one in list_own_sessions(desk, other)] == [other.session]
    assert log(desk) == [("local", here.session, VIEWER)]


def test_another_organisation_is_not_told_of_it(desk: Desk, here: User, there: User) -> None:
    join(desk, VIEWER, Role.OWNER, "elsewhere")

    end_session(desk, here, there.session)
    end_other_sessions(desk, here)

    assert [organisation for organisation, _, _ in log(desk)] == ["local"]


def test_where_there_is_no_other_nothing_is_told(desk: Desk, here: User) -> None:
    assert end_other_sessions(desk, here) == 0

    assert log(desk) == []


def test_nobody_ends_anothers_session(desk: Desk, here: User, other: User) -> None:
    stranger = let_in(desk, "stranger@example.org", Role.OWNER, "elsewhere")

    for user in (other, stranger):
        with pytest.raises(NotFound, match="Choose one from the list"):
            end_session(desk, user, here.session)

    assert [one.id for one in list_own_sessions(desk, here)] == [here.session]
    assert log(desk) == []


@pytest.mark.parametrize("session_id", ["", "unknown", "' OR 1=1 --"])
def test_an_unknown_session_is_not_found(desk: Desk, here: User, there: User, session_id: str) -> None:
    with pytest.raises(NotFound):
        end_session(desk, here, session_id)

    assert len(list_own_sessions(desk, here)) == 2


def test_a_session_is_ended_once(desk: Desk, here: User, there: User) -> None:
    end_session(desk, here, there.session)

    with pytest.raises(NotFound):
        end_session(desk, here, there.session)

    assert len(log(desk)) == 1


def test_a_session_that_was_not_used_for_long_is_listed_no_more(desk: Desk, here: User, clock: Clock) -> None:
    clock.move(desk.settings.session_days * 86_400)
    later = sign_in_as(desk, VIEWER)

    assert [one.id for one in list_own_sessions(desk, later)] == [later.session]
    with pytest.raises(NotFound):
        end_session(desk, later, here.session)


def test_an_open_desk_has_no_sessions(desk: Desk, user: User) -> None:
    for act in (lambda: end_session(desk, user, "any"), lambda: end_other_sessions(desk, user)):
        with pytest.raises(NotNow, match="Create the first account"):
            act()

    assert list_own_sessions(desk, user) == []

"""Signing in in a browser that has a session already: the new session takes its place."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, DeskError, NotAllowed, NotFound, NotNow, QuotaReached, SignedOut
from estimate_core.domain.people import Role
from estimate_core.services.accounts import disable_user
from estimate_core.services.invitations import accept_invitation, invite
from estimate_core.services.people import switch_organisation
from estimate_core.services.schedules import list_schedules
from estimate_core.services.signing_in import (
    ACCOUNT_TRIES,
    Caller,
    find_visitor,
    sign_in,
    sign_in_by_email,
    sign_out,
)
from estimate_core.storage.database import rows
from tests.conftest import Clock
from tests.members import PASSWORD, join
from tests.people import HERE, Person, settle, sign_in_again

MIRA = "mira@example.org"
Enter = Callable[[Desk, Person, Caller], str]


@pytest.fixture
def ravi(desk: Desk) -> Person:
    """Who is signed in in the browser; an owner of another organisation."""
    return settle(desk, "ravi@example.org", organisation="elsewhere")


@pytest.fixture
def browser(ravi: Person) -> Caller:
    """The browser with his ticket."""
    return replace(HERE, ticket=ravi.ticket)


def by_password(desk: Desk, owner: Person, caller: Caller) -> str:
    join(desk, MIRA, password=PASSWORD)
    return sign_in(desk, MIRA, PASSWORD, caller)


def by_another_who_vouches(desk: Desk, owner: Person, caller: Caller) -> str:
    join(desk, MIRA)
    return sign_in_by_email(desk, MIRA, "oidc", caller)


def by_invitation(desk: Desk, owner: Person, caller: Caller) -> str:
    return accept_invitation(desk, invite(desk, owner.user, MIRA, Role.VIEWER)[1], "Mira", PASSWORD, caller)


def by_invitation_with_an_account(desk: Desk, owner: Person, caller: Caller) -> str:
    join(desk, MIRA, password=PASSWORD)
    return by_invitation(desk, owner, caller)


def log(desk: Desk, organisation: str = "elsewhere") -> list[tuple[object, ...]]:
    """What the log tells of sessions: who did what to which, from where."""
    sql = "SELECT name, deed, object, label, way, address FROM audit WHERE kind = 'session' AND organisation = ? "
    with desk.open_db() as db:
        return [tuple(row.values()) for row in rows(db, sql + "ORDER BY id", [organisation])]


def sessions_of(desk: Desk) -> list[dict[str, object]]:
    with desk.open_db() as db:
        return rows(db, "SELECT * FROM sessions ORDER BY id")


def entry(person: Person, deed: str) -> tuple[object, ...]:
    name, email = person.account.name, person.account.email
    return (name, deed, person.user.session, email, "session", HERE.address)


@pytest.mark.parametrize("enter", [by_password, by_another_who_vouches, by_invitation, by_invitation_with_an_account])
def test_the_session_that_the_browser_had_ends_and_no_other(
    desk: Desk, ravi: Person, browser: Caller, enter: Enter
) -> None:
    elsewhere = sign_in_again(desk, ravi.account)

    ticket = enter(desk, ravi, browser)

    assert find_visitor(desk, ravi.ticket, HERE) is None
    with pytest.raises(SignedOut):
        list_schedules(desk, ravi.user)
    assert list_schedules(desk, elsewhere.user) == []
    visitor = find_visitor(desk, ticket, HERE)
    assert visitor and visitor.user and visitor.account.email == MIRA
    told = [entry(ravi, "signed in"), entry(elsewhere, "signed in"), entry(ravi, "signed out")]
    assert log(desk)[:3] == told
    assert entry(ravi, "signed out") not in log(desk)[3:] + log(desk, "local")


def test_who_signs_in_again_goes_on_with_the_organisation_that_was_shown(desk: Desk, ravi: Person) -> None:
    for organisation in ("local", "roads"):
        ravi = settle(desk, ravi.account.email, organisation=organisation)
    switch_organisation(desk, ravi.user, "local")

    again = sign_in_by_email(desk, ravi.account.email, "oidc", replace(HERE, ticket=ravi.ticket))

    assert find_visitor(desk, ravi.ticket, HERE) is None
    visitor = find_visitor(desk, again, HERE)
    assert visitor and visitor.user and visitor.user.organisation == "local"
    assert [deed for _, deed, *_ in log(desk, "local")] == ["signed in", "signed out", "signed in"]


def forged(ticket: str) -> str:
    # Not the last letter: two of its bits say nothing.
    return ticket[:-2] + ("A" if ticket[-2] != "A" else "B") + ticket[-1]


@pytest.mark.parametrize("kind", ["none", "made up", "forged", "secret alone", "of another desk", "id of a session"])
def test_a_ticket_that_opens_nothing_ends_nothing(desk: Desk, ravi: Person, kind: str) -> None:
    tickets = {
        "none": "",
        "made up": "\ud800.x",
        "forged": forged(ravi.ticket),
        "secret alone": ravi.ticket.rpartition(".")[0],
        "of another desk": settle(replace(desk, key=b"another"), "asha@example.org", organisation="roads").ticket,
        "id of a session": ravi.user.session,
    }

    before = sessions_of(desk)

    sign_in_by_email(desk, "ravi@example.org", "oidc", replace(HERE, ticket=tickets[kind]))

    assert [session for session in sessions_of(desk) if session in before] == before
    assert find_visitor(desk, ravi.ticket, HERE)
    assert [deed for _, deed, *_ in log(desk)] == ["signed in", "signed in"]


@pytest.mark.parametrize("end", ["signed out", "expired"])
def test_a_session_that_ended_before_is_not_ended_again(desk: Desk, ravi: Person, clock: Clock, end: str) -> None:
    if end == "signed out":
        sign_out(desk, ravi.user)
    clock.move(15 * 24 * 3600)
    before, told = sessions_of(desk), log(desk)

    sign_in_by_email(desk, "ravi@example.org", "oidc", replace(HERE, ticket=ravi.ticket))

    assert [session for session in sessions_of(desk) if session in before] == before
    assert [deed for _, deed, *_ in log(desk)[len(told) :]] == ["signed in"]


def guess(desk: Desk, owner: Person, caller: Caller) -> str:
    join(desk, MIRA, password=PASSWORD)
    return sign_in(desk, MIRA, "not it", caller)


def guess_too_often(desk: Desk, owner: Person, caller: Caller) -> str:
    join(desk, MIRA)
    for _ in range(ACCOUNT_TRIES):
        with pytest.raises(BadInput):
            sign_in(desk, MIRA, "not it", caller)
    return sign_in(desk, MIRA, "not it", caller)


def come_unknown(desk: Desk, owner: Person, caller: Caller) -> str:
    return sign_in_by_email(desk, MIRA, "oidc", caller)


def come_disabled(desk: Desk, owner: Person, caller: Caller) -> str:
    join(desk, MIRA)
    disable_user(desk, MIRA)
    return sign_in_by_email(desk, MIRA, "oidc", caller)


def accept_made_up(desk: Desk, owner: Person, caller: Caller) -> str:
    return accept_invitation(desk, "made up", "Mira", PASSWORD, caller)


def accept_with_a_short_password(desk: Desk, owner: Person, caller: Caller) -> str:
    return accept_invitation(desk, invite(desk, owner.user, MIRA, Role.VIEWER)[1], "Mira", "short", caller)


def accept_where_one_belongs(desk: Desk, owner: Person, caller: Caller) -> str:
    _, secret = invite(desk, owner.user, MIRA, Role.VIEWER)
    join(desk, MIRA, organisation="elsewhere", password=PASSWORD)
    return accept_invitation(desk, secret, "Mira", PASSWORD, caller)


@pytest.mark.parametrize(
    ("enter", "refusal"),
    [
        (guess, BadInput),
        (guess_too_often, QuotaReached),
        (come_unknown, NotAllowed),
        (come_disabled, NotAllowed),
        (accept_made_up, NotFound),
        (accept_with_a_short_password, BadInput),
        (accept_where_one_belongs, NotNow),
    ],
)
def test_a_sign_in_that_fails_ends_nothing(
    desk: Desk, ravi: Person, browser: Caller, enter: Enter, refusal: type[DeskError]
) -> None:
    before, told = sessions_of(desk), log(desk)

    with pytest.raises(refusal):
        enter(desk, ravi, browser)

    assert (sessions_of(desk), log(desk)) == (before, told)
    assert find_visitor(desk, ravi.ticket, HERE)


def test_no_log_of_the_program_shows_the_ticket(browser: Caller) -> None:
    assert browser.ticket not in repr(browser)

"""Signing in, being known again, guessing, and what ends it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, NotAllowed, NotNow, QuotaReached, SignedOut
from estimate_core.domain.people import LOCAL, Role
from estimate_core.services import estimates, passwords
from estimate_core.services.accounts import (
    NewPerson,
    add_organisation,
    add_user,
    change_password,
    create_first_account,
    disable_user,
    set_password,
)
from estimate_core.services.doors import get_standing, is_open
from estimate_core.services.schedules import list_schedules
from estimate_core.services.signing_in import (
    ACCOUNT_TRIES,
    ADDRESS_TRIES,
    WINDOW,
    Caller,
    find_visitor,
    sign_in,
    sign_in_by_email,
    sign_out,
)
from estimate_core.storage import accounts
from estimate_core.storage.database import read_time, rows, writing
from tests.conftest import Clock
from tests.people import settle, sign_in_again

PASSWORD = "bricks under monsoon"
OWNER = NewPerson("Asha Rao", "Asha@Example.org ", PASSWORD)
OFFICE = Caller("192.0.2.1", "Firefox")
ELSEWHERE = Caller("203.0.113.9", "curl")


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost little: what is tested here is who asks for them."""
    monkeypatch.setattr(passwords, "_hashes", lambda: QUICK)


class Quick:
    """Tells passwords apart as the real one does, and costs nothing."""

    def hash(self, password: str) -> str:
        return f"kept {password}"

    def verify(self, password: str, kept: str) -> bool:
        return kept == f"kept {password}"


QUICK = Quick()


@pytest.fixture
def closed(desk: Desk) -> Desk:
    """A desk whose first account was made, from the office."""
    create_first_account(desk, "PWD Guntur", OWNER, OFFICE)
    return desk


def fail(desk: Desk, caller: Caller, email: str = "asha@example.org") -> None:
    with pytest.raises(BadInput, match="is not right"):
        sign_in(desk, email, "wrong", caller)


def test_a_desk_is_open_until_the_first_account(desk: Desk) -> None:
    before = is_open(desk)

    ticket = create_first_account(desk, "PWD Guntur", OWNER, OFFICE)

    assert before
    assert not is_open(desk)
    visitor = find_visitor(desk, ticket, OFFICE)
    assert visitor and visitor.user
    assert (visitor.user.name, visitor.user.role) == ("Asha Rao", Role.OWNER)
    assert (visitor.user.id, visitor.user.organisation) == (LOCAL.id, LOCAL.organisation)


def test_there_is_one_first_account(closed: Desk) -> None:
    with pytest.raises(NotNow, match="exists already"):
        create_first_account(closed, "Another", NewPerson("Ravi", "ravi@example.org", PASSWORD), OFFICE)

    with closed.open_db() as db:
        assert [row["email"] for row in rows(db, "SELECT email FROM accounts")] == ["asha@example.org"]
        assert rows(db, "SELECT name FROM organisations WHERE id = 'local'") == [{"name": "PWD Guntur"}]


def test_of_two_who_make_the_first_account_at_once_one_does(desk: Desk) -> None:
    def make(number: int) -> bool:
        try:
            create_first_account(desk, "PWD", NewPerson("N", f"n{number}@example.org", PASSWORD), OFFICE)
        except NotNow:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(make, range(6)))

    assert sum(made) == 1


@pytest.mark.parametrize(
    ("organisation", "person", "sentence"),
    [
        (" ", OWNER, "name of the organisation"),
        ("PWD", replace(OWNER, name="\u200b"), "Write a name"),
        ("PWD", replace(OWNER, email="asha"), "not an e-mail address"),
        ("PWD", replace(OWNER, password="short"), "fewer than 10"),
        ("PWD", replace(OWNER, password="password123"), "easy to guess"),
        ("PWD", replace(OWNER, password="asha@example.org"), "easy to guess"),
        ("PWD", replace(OWNER, password="aaaaaaaaaaaaaaaa"), "easy to guess"),
        ("Guntur", replace(OWNER, password="Guntur Asha 2026"), "take away names"),
        ("PWD", replace(OWNER, password="x7" * 129), "more than 256"),
        ("PWD", replace(OWNER, password=None), "fewer than 10"),
    ],
)
def test_a_first_account_that_cannot_be_used_leaves_the_desk_open(
    desk: Desk, organisation: str, person: NewPerson, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        create_first_account(desk, organisation, person, OFFICE)

    assert is_open(desk)


def test_the_right_password_signs_in(closed: Desk) -> None:
    ticket = sign_in(closed, " ASHA@example.ORG", PASSWORD, ELSEWHERE)

    visitor = find_visitor(closed, ticket, ELSEWHERE)
    assert visitor and visitor.user
    assert get_standing(closed, visitor.user).role is Role.OWNER


def test_the_same_letters_typed_in_another_way_are_the_same_password(closed: Desk) -> None:
    add_organisation(closed, "Mill")
    add_user(closed, NewPerson("Zoe", "zoe@example.org", "cafe\u0301 und regenwald"), "Mill", Role.OWNER)

    assert sign_in(closed, "zoe@example.org", "caf\u00e9 und regenwald", OFFICE)


@pytest.mark.parametrize("email", ["asha@example.org", "nobody@example.org", "", "x" * 5000, "\ud800"])
def test_one_sentence_for_whatever_is_wrong(closed: Desk, email: str) -> None:
    with pytest.raises(BadInput) as refusal:
        sign_in(closed, email, "not it at all", ELSEWHERE)

    assert str(refusal.value) == "The e-mail address or the password is not right. Try again."


def test_a_password_that_is_changed_while_it_is_compared_is_the_old_one(
    closed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify(self: Quick, password: str, kept: str) -> bool:
        with closed.open_db() as db, writing(db):
            accounts.set_password(db, accounts.list_members(db, "local")[0].account.id, "kept another")
        return True

    monkeypatch.setattr(Quick, "verify", verify)

    fail(closed, ELSEWHERE)


def test_whoever_hosts_is_told_from_where_a_sign_in_was_refused(closed: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(ACCOUNT_TRIES):
        fail(closed, ELSEWHERE)
    with pytest.raises(QuotaReached):
        sign_in(closed, "asha@example.org", "guess", ELSEWHERE)

    told = [record.getMessage() for record in caplog.records]
    assert told[-2:] == ["a sign-in from 203.0.113.9 was refused", "too many sign-ins were tried from 203.0.113.9"]
    assert "asha" not in caplog.text and "guess" not in caplog.text


def test_a_disabled_account_is_told_the_same_sentence(closed: Desk) -> None:
    disable_user(closed, "asha@example.org")

    with pytest.raises(BadInput, match="is not right"):
        sign_in(closed, "asha@example.org", PASSWORD, OFFICE)


def test_what_is_kept_in_the_database_opens_nothing(closed: Desk) -> None:
    ticket = sign_in(closed, "asha@example.org", PASSWORD, OFFICE)

    with closed.open_db() as db:
        kept = " ".join(str(value) for row in rows(db, "SELECT * FROM sessions") for value in row.values())
    assert ticket.partition(".")[0] not in kept


@pytest.mark.parametrize("ticket", ["", "nonsense", "a.b", "\ud800.x"])
def test_a_made_up_ticket_opens_nothing(closed: Desk, ticket: str) -> None:
    assert find_visitor(closed, ticket, OFFICE) is None


def test_a_ticket_whose_signature_was_changed_opens_nothing(closed: Desk) -> None:
    ticket = sign_in(closed, "asha@example.org", PASSWORD, OFFICE)

    # Not the last letter: two of its bits say nothing.
    changed = ticket[:-2] + ("A" if ticket[-2] != "A" else "B") + ticket[-1]
    assert find_visitor(closed, changed, OFFICE) is None
    assert find_visitor(replace(closed, key=b"another"), ticket, OFFICE) is None


def test_a_session_lives_while_it_is_used_and_ends_when_it_is_not(closed: Desk, clock: Clock) -> None:
    ticket = sign_in(closed, "asha@example.org", PASSWORD, OFFICE)
    day = 24 * 3600

    clock.move(13 * day)
    used = find_visitor(closed, ticket, OFFICE)
    clock.move(13 * day)
    used_again = find_visitor(closed, ticket, OFFICE)
    clock.move(14 * day)

    assert used and used_again
    assert find_visitor(closed, ticket, OFFICE) is None
    assert used_again.user
    with pytest.raises(SignedOut):
        list_schedules(closed, used_again.user)


def test_a_page_that_was_left_open_keeps_no_session_alive(closed: Desk, clock: Clock) -> None:
    ticket = sign_in(closed, "asha@example.org", PASSWORD, OFFICE)
    found = []

    for _ in range(15):
        found.append(find_visitor(closed, ticket, OFFICE, is_use=False) is not None)
        clock.move(24 * 3600)

    assert found == [True] * 14 + [False]


def test_a_session_ends_after_ninety_days_however_much_it_is_used(closed: Desk, clock: Clock) -> None:
    ticket = sign_in(closed, "asha@example.org", PASSWORD, OFFICE)
    found = []

    for _ in range(10):
        clock.move(10 * 24 * 3600)
        found.append(find_visitor(closed, ticket, OFFICE) is not None)

    assert found == [True] * 8 + [False] * 2


def test_signing_out_ends_the_session_at_once_and_no_other(desk: Desk) -> None:
    here = settle(desk, "asha@example.org")
    there = sign_in_again(desk, here.account)

    sign_out(desk, here.user)

    assert find_visitor(desk, here.ticket, OFFICE) is None
    with pytest.raises(SignedOut):
        list_schedules(desk, here.user)
    assert list_schedules(desk, there.user) == []


def test_a_disabled_person_has_no_way_in_any_more(desk: Desk) -> None:
    person = settle(desk, "asha@example.org")

    disable_user(desk, "asha@example.org")

    assert find_visitor(desk, person.ticket, OFFICE) is None
    with pytest.raises(SignedOut):
        list_schedules(desk, person.user)


def test_who_was_taken_out_of_the_organisation_sees_nothing_of_it(desk: Desk, clock: Clock) -> None:
    person = settle(desk, "asha@example.org")

    with desk.open_db() as db, writing(db):
        accounts.remove_member(db, person.user.organisation, person.user.id, clock())

    visitor = find_visitor(desk, person.ticket, OFFICE)
    assert visitor and visitor.user is None
    with pytest.raises(SignedOut):
        list_schedules(desk, person.user)


def test_the_role_of_now_counts_and_not_that_which_a_page_remembers(desk: Desk) -> None:
    person = settle(desk, "asha@example.org", Role.VIEWER)

    with pytest.raises(NotAllowed, match="You are a viewer here"):
        estimates.create_estimate(desk, replace(person.user, role=Role.OWNER), "any")


def test_a_user_without_a_session_is_nobody_once_accounts_exist(closed: Desk) -> None:
    with pytest.raises(SignedOut):
        list_schedules(closed, LOCAL)


def test_a_session_does_not_open_another_organisation(desk: Desk) -> None:
    person = settle(desk, "asha@example.org")
    other = settle(desk, "ravi@example.org", organisation="elsewhere")

    with pytest.raises(SignedOut):
        list_schedules(desk, replace(person.user, id=other.user.id, organisation="elsewhere"))
    with pytest.raises(SignedOut):
        list_schedules(desk, replace(person.user, organisation="elsewhere"))


def test_a_password_that_another_chose_is_to_be_changed_first(closed: Desk) -> None:
    set_password(closed, "asha@example.org", "chosen by the host")

    ticket = sign_in(closed, "asha@example.org", "chosen by the host", OFFICE)

    visitor = find_visitor(closed, ticket, OFFICE)
    assert visitor and visitor.must_change and visitor.user
    with pytest.raises(SignedOut):
        list_schedules(closed, visitor.user)
    change_password(closed, visitor, "chosen by the host", "only mine from now", OFFICE)
    assert list_schedules(closed, visitor.user) == []


def test_another_password_ends_the_other_sessions(closed: Desk) -> None:
    here = sign_in(closed, "asha@example.org", PASSWORD, OFFICE)
    there = sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)
    visitor = find_visitor(closed, here, OFFICE)
    assert visitor

    change_password(closed, visitor, PASSWORD, "rain on a tin roof", OFFICE)

    assert find_visitor(closed, here, OFFICE)
    assert find_visitor(closed, there, ELSEWHERE) is None
    assert sign_in(closed, "asha@example.org", "rain on a tin roof", OFFICE)
    fail(closed, OFFICE)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("not mine", "rain on a tin roof", "that you have now is not right"),
        (PASSWORD, "short", "fewer than 10"),
        (PASSWORD, "Asha Rao PWD 2026", "take away names"),
        (PASSWORD, PASSWORD, "the password that you have now"),
    ],
)
def test_a_password_stays_where_the_change_is_refused(closed: Desk, old: str, new: str, sentence: str) -> None:
    visitor = find_visitor(closed, sign_in(closed, "asha@example.org", PASSWORD, OFFICE), OFFICE)
    assert visitor

    with pytest.raises(BadInput, match=sentence):
        change_password(closed, visitor, old, new, OFFICE)

    assert sign_in(closed, "asha@example.org", PASSWORD, OFFICE)


def test_another_may_vouch_for_whom_is_known_here(closed: Desk) -> None:
    ticket = sign_in_by_email(closed, "Asha@example.org", "oidc", OFFICE)

    visitor = find_visitor(closed, ticket, OFFICE)
    assert visitor and visitor.session.way == "oidc"
    with pytest.raises(NotAllowed, match="Nobody here has the e-mail address ravi@example.org"):
        sign_in_by_email(closed, "ravi@example.org", "oidc", OFFICE)


def test_ten_thousand_guesses_are_slowed_down_and_the_owner_gets_in_after_the_wait(
    closed: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = QUICK.verify
    monkeypatch.setattr(Quick, "verify", lambda self, password, kept: read.append(password) or real(password, kept))
    refused = 0

    for number in range(10_000):
        try:
            sign_in(closed, "asha@example.org", f"guess {number}", ELSEWHERE)
        except QuotaReached as refusal:
            refused += 1
            assert refusal.seconds and 0 < refusal.seconds <= WINDOW.total_seconds()
        except BadInput:
            pass
    with pytest.raises(QuotaReached, match="too many tries to sign in. Try again in 15 minutes"):
        sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)
    clock.move(WINDOW.total_seconds())

    assert (len(read), refused) == (ACCOUNT_TRIES, 10_000 - ACCOUNT_TRIES)
    assert sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)


def test_a_stranger_who_guesses_elsewhere_does_not_lock_the_owner_out(closed: Desk) -> None:
    for _ in range(ACCOUNT_TRIES):
        fail(closed, ELSEWHERE)

    with pytest.raises(QuotaReached):
        sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)
    assert sign_in(closed, "asha@example.org", PASSWORD, OFFICE)


def test_guesses_at_many_accounts_from_one_address_are_slowed_down_too(closed: Desk) -> None:
    for number in range(ADDRESS_TRIES):
        fail(closed, ELSEWHERE, f"n{number}@example.org")

    with pytest.raises(QuotaReached):
        sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)


def test_unknown_accounts_are_slowed_down_as_known_ones_are(closed: Desk) -> None:
    for _ in range(ACCOUNT_TRIES):
        fail(closed, ELSEWHERE, "nobody@example.org")

    with pytest.raises(QuotaReached):
        sign_in(closed, "nobody@example.org", "again", ELSEWHERE)


def test_many_guesses_at_once_do_not_pass_together(closed: Desk) -> None:
    def guess(number: int) -> type[Exception]:
        try:
            sign_in(closed, "asha@example.org", f"guess {number}", ELSEWHERE)
        except (BadInput, QuotaReached) as refusal:
            return type(refusal)
        raise AssertionError("a guess signed in")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(40)))

    assert answers.count(BadInput) == ACCOUNT_TRIES


def test_a_success_forgives_the_account_but_not_the_address(closed: Desk) -> None:
    for number in range(ADDRESS_TRIES - 1):
        fail(closed, ELSEWHERE, f"n{number}@example.org")
    sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)
    fail(closed, ELSEWHERE, "one-more@example.org")

    with pytest.raises(QuotaReached):
        sign_in(closed, "another@example.org", "guess", ELSEWHERE)


def test_tries_under_a_clock_that_ran_ahead_count_no_more_once_it_is_set_back(closed: Desk, clock: Clock) -> None:
    for _ in range(ACCOUNT_TRIES):
        fail(closed, ELSEWHERE)
    clock.move(-10 * 3600)

    ticket = sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)

    assert find_visitor(closed, ticket, ELSEWHERE)
    with closed.open_db() as db:
        assert [row["at"] for row in rows(db, "SELECT at FROM tries") if read_time(row["at"]) > clock()] == []


def test_tries_of_an_address_under_a_clock_that_ran_ahead_lock_nobody_out_there(closed: Desk, clock: Clock) -> None:
    for number in range(ADDRESS_TRIES):
        fail(closed, ELSEWHERE, f"n{number}@example.org")
    clock.move(-10 * 3600)

    ticket = sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)

    assert find_visitor(closed, ticket, ELSEWHERE)


def test_guesses_are_refused_as_ever_after_the_clock_was_set_back(closed: Desk, clock: Clock) -> None:
    clock.move(-10 * 3600)
    for _ in range(ACCOUNT_TRIES):
        fail(closed, ELSEWHERE)

    with pytest.raises(QuotaReached) as refusal:
        sign_in(closed, "asha@example.org", PASSWORD, ELSEWHERE)

    assert refusal.value.seconds == WINDOW.total_seconds()


def test_a_sign_in_is_told_to_the_organisation_that_it_shows_alone(desk: Desk) -> None:
    person = settle(desk, "asha@example.org")
    settle(desk, "asha@example.org", organisation="elsewhere")

    sign_in_again(desk, person.account)

    with desk.open_db() as db:
        told = rows(db, "SELECT organisation, name, address FROM audit WHERE deed = 'signed in'")
    assert told == [{"organisation": "local", "name": "Asha", "address": "192.0.2.7"}] * 3


def test_who_signs_in_without_a_password_cannot_make_one(desk: Desk) -> None:
    person = settle(desk, "asha@example.org")
    visitor = find_visitor(desk, person.ticket, OFFICE)
    assert visitor

    with pytest.raises(NotNow, match="without a password"):
        change_password(desk, visitor, "", "rain on a tin roof", OFFICE)

    with desk.open_db() as db:
        assert accounts.find_password(db, person.account.id) is None


def test_a_house_with_many_addresses_of_ipv6_is_slowed_down_as_one(closed: Desk) -> None:
    for number in range(ADDRESS_TRIES):
        fail(closed, Caller(f"2001:db8:1:2::{number:x}"), f"n{number}@example.org")

    with pytest.raises(QuotaReached):
        sign_in(closed, "asha@example.org", PASSWORD, Caller("2001:db8:1:2:ffff::1"))
    assert sign_in(closed, "asha@example.org", PASSWORD, Caller("2001:db8:1:3::1"))


def test_another_address_of_the_same_house_is_known_again(closed: Desk) -> None:
    sign_in(closed, "asha@example.org", PASSWORD, Caller("2001:db8:1:2::1"))
    for _ in range(ACCOUNT_TRIES):
        fail(closed, ELSEWHERE)

    assert sign_in(closed, "asha@example.org", PASSWORD, Caller("2001:db8:1:2:ffff::1"))


def test_a_letter_that_only_becomes_one_of_ours_is_not_vouched_for(desk: Desk) -> None:
    settle(desk, "kiran@example.org")

    with pytest.raises(NotAllowed, match="Nobody here"):
        sign_in_by_email(desk, "\N{KELVIN SIGN}iran@example.org", "oidc", OFFICE)

    assert sign_in_by_email(desk, "KIRAN@example.org", "oidc", OFFICE)

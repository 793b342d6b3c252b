"""Storage keeps organisations and people apart by itself, also where nobody above it looked first.

Each function that is asked in somebody's name is called in two databases: in one where others have things too, and in
one where there is nobody else. What it answers and what it leaves must be the same in both, whosever ids it is given.
The functions are found in the code, so that a new one that is not in the tables fails here.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from types import GeneratorType

import pytest

from estimate_core.domain.errors import DeskError
from estimate_core.domain.people import LOCAL, Role, Scope, User
from estimate_core.storage.accounts import find_member, list_members, put_member
from estimate_core.storage.database import Database, connected, rows
from estimate_core.storage.deliveries import last_deliveries
from estimate_core.storage.estimates import list_estimates
from estimate_core.storage.library import list_schedules
from estimate_core.storage.people import ensure_person
from estimate_core.storage.sessions import find_standing
from estimate_core.storage.snapshot import list_tables
from estimate_core.storage.tokens import Token, insert_token
from tests.conftest import STRANGER
from tests.storage.calls import CALLS, IDLE, LATER, NEW, asked_in_a_name, function_of, functions, is_in_ones_own_name
from tests.storage.spanning import SPANNING
from tests.storage.whose import NEWCOMERS, NOW, Asker, Furnished, Rows, furnish, write_empty, write_without

HOME, ABROAD = LOCAL.organisation, STRANGER.organisation
OTHER = {HOME: ABROAD, ABROAD: HOME}
PLACES = {"queue.find_place", "queue.list_places"}
"""Functions that tell where something stands among the things of all; what they tell of is still one's own only."""
OF_ALL_TOO = {
    *(f"channels.{name}" for name in ("get_channel", "list_channels", "remove_channel", "restore_channel")),
    *(f"channels.{name}" for name in ("set_paused", "set_secret")),
    *(f"deliveries.{name}" for name in ("end_waiting", "last_deliveries", "list_deliveries")),
}
"""Calls by which a person reaches what is the organisation's besides what is their own."""
SIGNED = {"office.put_office", "retention.put_days"}
"""Functions that change what is the organisation's, and are told a person's name to note it."""
Marks = tuple[Counter[str], Counter[str]]


@dataclass(frozen=True)
class Databases:
    """The furnished database, one with nobody's things, and by organisation one without the other's."""

    furnished: Furnished
    full: Database
    empty: Database
    alone: dict[str, Database]


@pytest.fixture(scope="module")
def its(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The databases, which no test changes for another."""
    folder = tmp_path_factory.mktemp("tenancy")
    furnished = furnish(folder)
    paths = {name: write_without(furnished, OTHER[name], folder / f"{name}.db") for name in OTHER}
    empty = write_empty(furnished, folder / "empty.db")
    with ExitStack() as opened:
        full, bare = (opened.enter_context(connected(path)) for path in (furnished.path, empty))
        alone = {name: opened.enter_context(connected(path)) for name, path in paths.items()}
        yield Databases(furnished, full, bare, alone)


def asked(db: Database, case: str, who: Asker, of: Rows) -> tuple[object, Marks]:
    """What a function answers, and the rows that it leaves besides and that it takes away; all is undone again."""
    before = state_of(db)
    with undone(db):
        answer = answer_of(db, case, who, of)
        after = state_of(db)
    return answer, (after - before, before - after)


@contextmanager
def undone(db: Database) -> Iterator[None]:
    """Have the database after the block as it was before."""
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.execute("ROLLBACK")


def answer_of(db: Database, case: str, who: Asker, of: Rows) -> object:
    try:
        answer = function_of(case)(db, *CALLS[case](who, of))
    except (DeskError, sqlite3.IntegrityError) as refusal:
        return repr(refusal)
    if isinstance(answer, GeneratorType):
        return list(answer)
    if case in PLACES:
        return sorted(answer) if isinstance(answer, dict) else bool(answer)
    return answer


def state_of(db: Database) -> Counter[str]:
    """All rows of all tables."""
    return Counter(f"{table}: {row}" for table in list_tables(db) for row in rows(db, f"SELECT * FROM {table}"))


def mixed(case: str, who: Asker, own: Rows, foreign: Rows) -> Iterator[Rows]:
    """The rows by which a case asks, where one or all are another organisation's."""
    for names in (*((field.name,) for field in fields(Rows)), tuple(field.name for field in fields(Rows))):
        given = replace(own, **{name: getattr(foreign, name) for name in names})
        if CALLS[case](who, given) != CALLS[case](who, own):
            yield given


def test_each_function_is_asked_in_a_name_or_spans_organisations_for_a_reason() -> None:
    spanning = [name for names in SPANNING.values() for name in names]

    called = {case.partition(" ")[0] for case in CALLS}

    assert sorted([*called, *spanning]) == sorted(functions())
    assert asked_in_a_name() <= called


@pytest.mark.parametrize("case", CALLS)
def test_whose_it_is_finds_or_changes_it(its: Databases, case: str) -> None:
    answer, (left, taken) = asked(its.full, case, its.furnished.owners[HOME], its.furnished.rows[HOME])

    assert answer or left or taken
    assert not isinstance(answer, str) or "Error" not in answer and "NotFound" not in answer


@pytest.mark.parametrize("case", CALLS)
@pytest.mark.parametrize("organisation", OTHER)
def test_what_another_organisation_has_makes_no_difference(its: Databases, organisation: str, case: str) -> None:
    who, own = its.furnished.owners[organisation], its.furnished.rows[organisation]
    foreign = its.furnished.rows[OTHER[organisation]]

    for of in (own, *mixed(case, who, own, foreign)):
        assert asked(its.full, case, who, of) == asked(its.alone[organisation], case, who, of)


@pytest.mark.parametrize("case", CALLS)
def test_an_organisation_without_anything_is_given_and_changes_nothing(its: Databases, case: str) -> None:
    for of in its.furnished.rows.values():
        found = asked(its.full, case, its.furnished.newcomer, of)

        assert found == asked(its.empty, case, its.furnished.newcomer, of)


def test_a_person_without_anything_is_given_and_changes_nothing_of_colleagues(its: Databases) -> None:
    who, of = replace(its.furnished.newcomer, organisation=HOME), its.furnished.rows[HOME]
    personal = {case for case in CALLS if is_in_ones_own_name(case, who, of)} - OF_ALL_TOO - SIGNED

    differing = {case for case in personal if asked(its.full, case, who, of) != asked(its.empty, case, who, of)}

    assert len(personal) > 20
    assert differing == set()


def test_a_person_is_another_one_in_each_of_their_organisations(its: Databases) -> None:
    account, abroad = its.furnished.owners[ABROAD].account, list_members(its.full, ABROAD)

    with undone(its.full):
        user = put_member(its.full, NEW, account, HOME, Role.VIEWER)
        member, still_abroad = find_member(its.full, HOME, user), list_members(its.full, ABROAD)

    assert member and (member.user, member.account.id) == (NEW, account.id)
    assert still_abroad == abroad


def test_the_last_deliveries_are_of_channels_that_the_person_sees(its: Databases) -> None:
    of, colleague = its.furnished.rows[HOME], User("colleague", "", HOME)

    own, others = (last_deliveries(its.full, HOME, user) for user in (User(of.person, "", HOME), colleague))

    assert own.keys() == {of.channel, of.own_channel}
    assert others.keys() == {of.channel}


def test_nobody_stands_by_the_session_or_token_of_a_colleague(its: Databases) -> None:
    of, account = its.furnished.rows[HOME], its.furnished.newcomer.account
    borrowed = User(NEW, "", HOME, session=of.session), User(NEW, "", HOME, token=of.token)

    with undone(its.full):
        put_member(its.full, NEW, account, HOME, Role.OWNER)
        standing = [find_standing(its.full, user, NOW, IDLE) for user in borrowed]

    assert standing == [None, None]


def test_a_token_opens_its_organisation_to_its_person_and_nothing_else(its: Databases) -> None:
    owner = its.furnished.owners[HOME]
    mixed_up = Token(NEW, owner.person, "", "Mixed up", Scope.READ, NOW, LATER)
    claimed = User(owner.person, "", HOME), User(owner.person, "", ABROAD), User(NEW, "", ABROAD)

    with undone(its.full):
        put_member(its.full, NEW, owner.account, ABROAD, Role.VIEWER)
        insert_token(its.full, ABROAD, mixed_up, "hash")
        standing = [find_standing(its.full, replace(user, token=NEW), NOW, IDLE) for user in claimed]

    assert standing == [None, None, None]


def test_a_name_of_another_organisation_is_not_told(its: Databases) -> None:
    foreign = its.furnished.owners[ABROAD].person

    with undone(its.full):
        its.full.execute("UPDATE estimates SET changed_by = ?", (foreign,))
        its.full.execute("UPDATE schedules SET created_by = ?", (foreign,))
        told = {row["changer"] for row in list_estimates(its.full, HOME)}
        told |= {row["creator"] for row in list_schedules(its.full, HOME)}

    assert told == {foreign}


@pytest.mark.parametrize("organisation", [HOME, NEWCOMERS])
def test_nobody_takes_the_place_of_another_person(its: Databases, organisation: str) -> None:
    account, person, before = its.furnished.newcomer.account, its.furnished.rows[HOME].person, state_of(its.full)

    with pytest.raises(sqlite3.IntegrityError):
        put_member(its.full, person, account, organisation, Role.OWNER)

    assert state_of(its.full) == before


def test_a_person_without_an_account_stays_in_their_organisation(its: Databases) -> None:
    person = User("not signed in yet", "Not signed in yet", HOME)

    with undone(its.full):
        ensure_person(its.full, person)
        before = state_of(its.full)
        with pytest.raises(sqlite3.IntegrityError):
            put_member(its.full, person.id, its.furnished.newcomer.account, NEWCOMERS, Role.OWNER)
        after = state_of(its.full)

    assert after == before

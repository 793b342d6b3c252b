"""Reading the audit log: filtered, page by page, and as a file."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.audit import AuditFilter, Deed, Entry, Kind
from estimate_core.domain.errors import BadInput, NotAllowed, SignedOut
from estimate_core.domain.people import User
from estimate_core.services import auditing, people
from estimate_core.services.audit_log import list_doers, page_of_entries, within_days, write_log
from estimate_core.services.own_sessions import end_session
from estimate_core.storage.database import writing
from tests.furnished import CALLER, Staffed, StaffedHome, build_staffed_home, fixtures_of

EVERYTHING = AuditFilter()
NOON = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


built, desk, it = fixtures_of(build_staffed_home)


@pytest.fixture
def user(it: Staffed) -> User:
    return it.user


@pytest.fixture
def told(desk: Desk, it: Staffed) -> list[str]:
    """Five lines of different people, deeds and days about labels one to five, newest last."""
    tell(desk, it.user, "one", Deed.CHANGED, NOON)
    tell(desk, it.estimator, "two", Deed.DOWNLOADED, NOON + timedelta(days=1), Kind.FILE)
    tell(desk, replace(it.user, address="198.51.100.1"), "three", Deed.CHANGED, NOON + timedelta(days=2))
    with desk.open_db() as db, writing(db):
        auditing.record_hosts(db, "local", NOON, Deed.EXPORTED, Kind.ORGANISATION, "local", "four")
    tell(desk, it.user, "100 % of five_", Deed.CHANGED, NOON + timedelta(days=3), Kind.PROFILE)
    return ["one", "two", "three", "four", "100 % of five_"]


def tell(
    desk: Desk, user: User, label: str, deed: Deed = Deed.CHANGED, at: datetime = NOON, kind: Kind = Kind.ESTIMATE
) -> None:
    with desk.open_db() as db, writing(db):
        auditing.record(db, user, at, deed, kind, f"id of {label}", label)


def labels(desk: Desk, user: User, wanted: AuditFilter, limit: int = 200) -> list[str]:
    return [entry.label for entry in page_of_entries(desk, user, wanted, limit).entries]


def test_lines_come_newest_first_and_whole(desk: Desk, user: User, told: list[str]) -> None:
    page = page_of_entries(desk, user, EVERYTHING, 5)

    assert [entry.label for entry in page.entries] == told[::-1]
    newest = replace(page.entries[0], number=0)
    assert newest == Entry(
        NOON + timedelta(days=3),
        user.id,
        user.name,
        Deed.CHANGED,
        Kind.PROFILE,
        "id of 100 % of five_",
        "100 % of five_",
        "session",
        CALLER.address,
    )


def test_another_organisation_has_a_log_of_its_own(desk: Desk, built: StaffedHome, told: list[str]) -> None:
    stranger = built.organisations["elsewhere"].user

    found = labels(desk, stranger, EVERYTHING)

    assert found and not set(found) & set(told)
    assert labels(desk, stranger, AuditFilter(text="of local")) == []
    assert labels(desk, stranger, AuditFilter(person="local")) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (AuditFilter(person="local"), ["100 % of five_", "three", "one"]),
        (AuditFilter(person=auditing.HOST), ["four"]),
        (AuditFilter(kind=Kind.FILE), ["two"]),
        (AuditFilter(deed=Deed.CHANGED), ["100 % of five_", "three", "one"]),
        (AuditFilter(deed=Deed.CHANGED, kind=Kind.PROFILE), ["100 % of five_"]),
        (AuditFilter(since=NOON + timedelta(days=1)), ["100 % of five_", "three", "two"]),
        (AuditFilter(since=NOON, until=NOON + timedelta(days=2)), ["four", "two", "one"]),
        (AuditFilter(until=NOON), []),
        (AuditFilter(text="TWO"), ["two"]),
        (AuditFilter(text="id of three"), ["three"]),
        (AuditFilter(text="198.51.100"), ["three"]),
        (AuditFilter(text="whoever HOSTS"), ["four"]),
        (AuditFilter(text="100 %"), ["100 % of five_"]),
        (AuditFilter(text="five_"), ["100 % of five_"]),
        (AuditFilter(text="o_e"), []),
        (AuditFilter(text="o%e"), []),
        (AuditFilter(text="' OR 1=1 --"), []),
        (AuditFilter(text="\x00"), []),
        (AuditFilter(person="nobody"), []),
    ],
)
def test_filters_find_what_they_say(
    desk: Desk, user: User, told: list[str], wanted: AuditFilter, found: list[str]
) -> None:
    assert [label for label in labels(desk, user, wanted) if label in told] == found


def test_pages_follow_upon_each_other_whatever_is_added_meanwhile(desk: Desk, user: User, told: list[str]) -> None:
    first = page_of_entries(desk, user, EVERYTHING, 2)
    tell(desk, user, "six")
    second = page_of_entries(desk, user, EVERYTHING, 2, first.cursor)
    third = page_of_entries(desk, user, AuditFilter(deed=Deed.CHANGED, kind=Kind.ESTIMATE), 1, second.cursor)

    pages = [[entry.label for entry in page.entries] for page in (first, second, third)]
    assert pages == [["100 % of five_", "four"], ["three", "two"], ["one"]]


def test_the_last_page_says_that_it_is(desk: Desk, user: User) -> None:
    number = len(page_of_entries(desk, user, EVERYTHING, 1_000).entries)

    assert page_of_entries(desk, user, EVERYTHING, number).cursor is None
    assert page_of_entries(desk, user, EVERYTHING, number - 1).cursor == "2"


def test_a_cursor_tells_nothing_of_what_others_do(desk: Desk, user: User, built: StaffedHome) -> None:
    before = page_of_entries(desk, user, EVERYTHING, 1).cursor
    for _ in range(3):
        tell(desk, built.organisations["elsewhere"].user, "foreign")
    tell(desk, user, "own")

    after = page_of_entries(desk, user, EVERYTHING, 1).cursor

    assert int(after or 0) == int(before or 0) + 1


@pytest.mark.parametrize("cursor", ["x", "0", "-1", "1.5", "99999", "9" * 40, "\u0967", " 1", "1 OR 1=1"])
def test_a_cursor_that_leads_nowhere_is_told(desk: Desk, user: User, cursor: str) -> None:
    with pytest.raises(BadInput, match="The cursor leads nowhere"):
        page_of_entries(desk, user, EVERYTHING, 10, cursor)


def test_days_are_whole_days_where_the_server_is(desk: Desk, user: User) -> None:
    for label, hour, minute in (("evening", 23, 59), ("midnight", 24, 0), ("last", 47, 59), ("after", 48, 0)):
        here = datetime(2030, 1, 1).astimezone() + timedelta(hours=hour, minutes=minute)
        tell(desk, user, label, at=here)

    day = date(2030, 1, 2)
    assert labels(desk, user, within_days(EVERYTHING, day, day)) == ["last", "midnight"]
    assert labels(desk, user, within_days(EVERYTHING, day, None)) == ["after", "last", "midnight"]
    assert labels(desk, user, within_days(AuditFilter(text="evening"), None, day)) == ["evening"]


def test_all_who_may_have_done_something_are_offered(desk: Desk, it: Staffed) -> None:
    doers = list_doers(desk, it.user)

    assert doers[it.estimator.id] == "Estimator"
    assert doers[it.removed_person] == "Leaver"
    assert doers[auditing.HOST] == auditing.HOST
    assert "stranger" not in doers


def read(pieces: Iterator[bytes]) -> list[list[str]]:
    text = b"".join(pieces).decode("utf-8-sig")
    return list(csv.reader(StringIO(text)))


def test_the_file_has_the_lines_that_are_wanted(desk: Desk, user: User, told: list[str]) -> None:
    head, *lines = read(write_log(desk, user, AuditFilter(deed=Deed.CHANGED)))

    here = (NOON + timedelta(days=2)).astimezone()
    assert head == ["Time in UTC", "Time here", "Who", "Did", "To what", "Called", "Id", "By", "From"]
    assert [line[5] for line in lines if line[5] in told] == ["100 % of five_", "three", "one"]
    assert [line for line in lines if line[5] == "three"] == [
        [
            "2026-04-03T12:00:00+00:00",
            f"{here.day} {here:%b %Y, %H:%M}",
            user.name,
            "changed",
            "estimate",
            "three",
            "id of three",
            "session",
            "198.51.100.1",
        ]
    ]


def test_the_file_of_a_long_log_has_each_line_once(desk: Desk, user: User) -> None:
    with desk.open_db() as db, writing(db):
        for number in range(2_500):
            auditing.record(db, user, NOON, Deed.CHANGED, Kind.ESTIMATE, "long", f"line {number}")

    lines = read(write_log(desk, user, AuditFilter(text="long")))[1:]

    assert [line[5] for line in lines] == [f"line {number}" for number in reversed(range(2_500))]


def test_that_the_log_was_taken_is_told_in_it(desk: Desk, user: User) -> None:
    read(write_log(desk, user, EVERYTHING))

    [newest] = page_of_entries(desk, user, EVERYTHING, 1).entries
    assert (newest.user, newest.deed, newest.kind) == (user.id, Deed.DOWNLOADED, Kind.LOG)


@pytest.mark.parametrize(
    "label",
    ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\uff1dcmd|' /C calc'!A0", '=1,"2"', "-x"],
)
def test_what_a_spreadsheet_would_compute_is_text_in_the_file(desk: Desk, user: User, label: str) -> None:
    tell(desk, replace(user, name=f"\t{label}"), label)

    [line] = read(write_log(desk, user, AuditFilter(text=label)))[1:]

    assert (line[2], line[5]) == (f"'\t{label}", f"'{label}")


def test_names_in_other_scripts_and_with_quotes_come_through(desk: Desk, user: User) -> None:
    tell(desk, user, 'Wiring of "A", \u0c35\u0c3f\u0c26\u0c4d\u0c2f\u0c41\u0c24\u0c4d; B')

    [line] = read(write_log(desk, user, AuditFilter(text="Wiring of")))[1:]

    assert line[5] == 'Wiring of "A", \u0c35\u0c3f\u0c26\u0c4d\u0c2f\u0c41\u0c24\u0c4d; B'


@pytest.mark.parametrize("role", ["estimator", "viewer"])
def test_only_owners_read_it(desk: Desk, it: Staffed, role: str) -> None:
    person, before = getattr(it, role), labels(desk, it.user, EVERYTHING)

    for look in (
        lambda: page_of_entries(desk, person, EVERYTHING, 1),
        lambda: list_doers(desk, person),
        lambda: write_log(desk, person, EVERYTHING),
    ):
        with pytest.raises(NotAllowed):
            look()

    assert labels(desk, it.user, EVERYTHING) == before


def test_an_owner_whose_session_ended_or_whose_role_was_changed_reads_nothing(desk: Desk, it: Staffed) -> None:
    people.change_role(desk, it.user, it.estimator.id, it.user.role)
    labels(desk, it.estimator, EVERYTHING)
    people.change_role(desk, it.estimator, it.user.id, it.viewer.role)

    with pytest.raises(NotAllowed):
        write_log(desk, it.user, EVERYTHING)
    end_session(desk, it.user, it.user.session)
    with pytest.raises(SignedOut):
        page_of_entries(desk, it.user, EVERYTHING, 1)

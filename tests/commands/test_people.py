"""People on the command line: who is added, disabled and listed, what is refused, and how passwords are handed over."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from estimate_core.__main__ import main
from estimate_core.commands import passwords, people
from estimate_core.desk import Desk
from estimate_core.domain.errors import BadInput, OutOfOrder, SignedOut
from estimate_core.domain.people import LOCAL, Role, Scope
from estimate_core.services import accounts as services
from estimate_core.services import passwords as hashes
from estimate_core.services.accounts import (
    NewPerson,
    add_organisation,
    add_user,
    create_first_account,
    list_organisations,
    list_users,
)
from estimate_core.services.doors import get_standing, is_open
from estimate_core.services.invitations import accept_invitation, invite
from estimate_core.services.signing_in import Caller, find_user_by_token, find_visitor, sign_in
from estimate_core.services.tokens import create_token
from estimate_core.settings import Settings
from estimate_core.storage import accounts, library
from estimate_core.storage.database import writing
from estimate_core.storage.people import ensure_person
from estimate_core.wiring import connect
from tests.conftest import Clock
from tests.people import HERE, settle

ROOT = Path(__file__).resolve().parents[2]
Captured = pytest.CaptureFixture[str]
PASSWORD = "bricks under monsoon"
ADDED = ["add-user", "asha@example.org", "--organisation", "Roads", "--role", "owner"]
CHANGE_FIRST = "The password is to be changed at the first sign-in."
Types = Callable[..., list[str]]


class Quick:
    """Tells passwords apart as the real one does, and costs nothing."""

    def hash(self, password: str) -> str:
        return f"kept {password}"

    def verify(self, password: str, kept: str) -> bool:
        return kept == f"kept {password}"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of this environment, where no program ever ran."""
    monkeypatch.setenv("ESTIMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(hashes, "_hashes", Quick)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{PASSWORD}\nanother line\n".encode())))
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Desk:
    """A desk that is there already, with an organisation in which nobody is yet."""
    wires = connect(Settings(home=home))
    wires.queue.storage.close()
    add_organisation(wires.desk, "Roads")
    return wires.desk


def hand_over(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Have this on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def refusal(capsys: Captured, *arguments: str) -> str:
    """The one sentence that a command refuses with."""
    capsys.readouterr()
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    return told.err.strip()


def done(capsys: Captured, *arguments: str) -> list[str]:
    """The lines that a command tells."""
    capsys.readouterr()
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out.splitlines()


def log_of(desk: Desk, organisation: str) -> list[tuple[str, str]]:
    """What the log of an organisation tells, the oldest first: what was done, and to what."""
    with desk.open_db() as db:
        rows = db.query("SELECT deed, label FROM audit WHERE organisation = ? ORDER BY id", [organisation])
        return [(row["deed"], row["label"]) for row in rows]


def id_of(desk: Desk, name: str) -> str:
    return next(one.id for one in list_organisations(desk) if one.name == name)


# organisations


def test_an_organisation_is_added_with_the_samples_where_no_program_ever_ran(home: Path, capsys: Captured) -> None:
    [told] = done(capsys, "add-organisation", " Roads  and Buildings ")

    desk = connect(Settings(home=home)).desk
    [organisation] = list_organisations(desk)
    assert told == f"Roads and Buildings  {organisation.id}"
    with desk.open_db() as db:
        titles = [row["category"] for row in library.list_schedules(db, organisation.id, False)]
    assert titles == ["Electrical", "Civil"]
    assert log_of(desk, organisation.id)[0] == ("created", "Roads and Buildings")
    assert is_open(desk)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Roads", "There is an organisation \u201cRoads\u201d already. Choose another name."),
        ("ROADS ", "There is an organisation \u201cROADS\u201d already. Choose another name."),
        ("", "Write a name of the organisation of 1 to 80 characters."),
        ("\x07\n", "Write a name of the organisation of 1 to 80 characters."),
        ("x" * 81, "Write a name of the organisation of 1 to 80 characters."),
    ],
)
def test_an_organisation_that_cannot_be_is_not_added(desk: Desk, capsys: Captured, name: str, told: str) -> None:
    assert refusal(capsys, "add-organisation", name) == told
    assert [one.name for one in list_organisations(desk)] == ["Roads"]


@pytest.mark.parametrize(
    ("problem", "status"), [(OutOfOrder("The disk is full. Free some."), 2), (KeyboardInterrupt(), 130)]
)
@pytest.mark.parametrize(("module", "step"), [(services, "add_organisation"), (people, "load_samples")])
def test_an_organisation_is_not_added_by_halves(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, module: object, step: str, problem: BaseException, status: int
) -> None:
    done_so_far = getattr(module, step)

    def fail_after(*arguments: object) -> None:
        done_so_far(*arguments)
        raise problem

    monkeypatch.setattr(module, step, fail_after)

    assert main(["add-organisation", "Canals"]) == status
    assert [one.name for one in list_organisations(desk)] == ["Roads"]
    assert [path for path in desk.files.folder.rglob("*") if path.is_file()] == []


# people


def test_the_first_account_closes_the_desk(desk: Desk, home: Path, capsys: Captured) -> None:
    told = done(capsys, *ADDED, "--name", "Asha Rao")

    assert told == [
        "asha@example.org belongs to \u201cRoads\u201d as an owner now.",
        CHANGE_FIRST,
        f"From now on everybody signs in: without that no page, file or API of {home} opens any more.",
    ]
    assert not is_open(desk)
    [asha] = list_users(desk)
    assert (asha.account.name, asha.role, asha.account.must_change) == ("Asha Rao", Role.OWNER, True)
    with pytest.raises(SignedOut):
        get_standing(desk, LOCAL)
    visitor = find_visitor(desk, sign_in(desk, "asha@example.org", PASSWORD, Caller()), Caller())
    assert visitor is not None and visitor.must_change


def test_it_is_told_whose_is_what_was_made_while_the_desk_was_open(desk: Desk, capsys: Captured) -> None:
    with desk.open_db() as db, writing(db):
        ensure_person(db, LOCAL)

    told = done(capsys, *ADDED)
    again = done(capsys, *ADDED[:3], "local", *ADDED[4:])

    assert told[-1] == (
        "What was made until now belongs to \u201clocal\u201d: `add-user ... --organisation local` gives it its people."
    )
    assert again == [
        "asha@example.org belongs to \u201clocal\u201d as an owner now.",
        "They sign in with the account that they have, by the name of asha.",
    ]


def test_a_host_is_told_who_chose_the_password_of_an_account(desk: Desk, capsys: Captured) -> None:
    owner = settle(desk, "owner@example.org").user
    _, secret = invite(desk, owner, "asha@example.org", Role.VIEWER)
    accept_invitation(desk, secret, "Asha", PASSWORD, Caller())

    told = done(capsys, *ADDED)

    assert told[2] == (
        "Whoever had the link of an invitation chose its password. If you are not sure that it was they, "
        "`set-password` gives another."
    )


def test_who_has_an_account_is_asked_for_no_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    add_organisation(desk, "Canals")
    main(ADDED)
    hand_over(monkeypatch, b"another password of many words\n")

    told = done(capsys, "add-user", "ASHA@example.org ", "--organisation", "canals", "--role", "Viewer", "--name", "B")

    assert told == [
        "asha@example.org belongs to \u201cCanals\u201d as a viewer now.",
        "They sign in with the account that they have, by the name of asha.",
        "\u201cCanals\u201d has no owner who can sign in. `add-user ... --role owner` gives it one.",
    ]
    assert sys.stdin.readline() == "another password of many words\n"
    assert [(one.organisation and one.organisation.name, one.role) for one in list_users(desk)] == [
        ("Canals", Role.VIEWER),
        ("Roads", Role.OWNER),
    ]
    assert sign_in(desk, "asha@example.org", PASSWORD, Caller())


def test_who_belongs_already_gets_the_role(desk: Desk, capsys: Captured) -> None:
    main(ADDED)

    told = [done(capsys, *ADDED), done(capsys, *ADDED[:-1], "estimator")]

    assert told == [
        ["asha@example.org belongs to \u201cRoads\u201d as an owner already."],
        [
            "asha@example.org belongs to \u201cRoads\u201d as an estimator now, and did as an owner.",
            "\u201cRoads\u201d has no owner who can sign in. `add-user ... --role owner` gives it one.",
        ],
    ]
    assert [one.role for one in list_users(desk)] == [Role.ESTIMATOR]
    assert log_of(desk, id_of(desk, "Roads"))[1:] == [
        ("created", "asha@example.org, owner"),
        ("changed", "asha@example.org, estimator"),
    ]


def test_of_two_organisations_of_one_name_the_id_tells_which(desk: Desk, capsys: Captured) -> None:
    first = id_of(desk, "Roads")
    create_first_account(desk, "Roads", NewPerson("Ravi", "ravi@example.org", PASSWORD), Caller())

    sentence = refusal(capsys, *ADDED)
    told = done(capsys, *ADDED[:3], first, *ADDED[4:])

    assert sentence.startswith("There are several organisations called \u201cRoads\u201d. Give the id of one: ")
    assert first in sentence and LOCAL.organisation in sentence
    assert told[0] == "asha@example.org belongs to \u201cRoads\u201d as an owner now."
    assert [one.organisation and one.organisation.id for one in list_users(desk) if one.account.name == "asha"] == [
        first
    ]


def test_an_account_that_somebody_makes_meanwhile_is_left_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def meanwhile(password: str) -> str:
        settle(desk, "asha@example.org", Role.VIEWER, id_of(desk, "Roads"))
        return f"kept {password}"

    monkeypatch.setattr(services, "hash_password", meanwhile)

    assert refusal(capsys, *ADDED) == "Somebody else just changed who has this e-mail address. Try again."
    assert [(one.role, one.account.has_password) for one in list_users(desk)] == [(Role.VIEWER, False)]


def test_an_account_can_be_without_a_password(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    hand_over(monkeypatch, b"")

    told = done(capsys, *ADDED, "--no-password")

    assert told[1] == "There is no password: they come by single sign-on, or after `set-password`."
    assert [one.account.has_password for one in list_users(desk)] == [False]
    with pytest.raises(BadInput):
        sign_in(desk, "asha@example.org", "", Caller())


SIGN_ON = {
    "ESTIMATE_OIDC_URL": "https://login.example.org/",
    "ESTIMATE_OIDC_CLIENT_ID": "estimates",
    "ESTIMATE_OIDC_CLIENT_SECRET": "nobody-knows",
}
BY_PROXY = {"ESTIMATE_PROXY_HEADER": "X-Email", "ESTIMATE_PROXY_ADDRESSES": "10.0.0.1"}


@pytest.mark.parametrize(("variables", "is_told"), [({}, True), (SIGN_ON, False), (BY_PROXY, False)])
def test_it_is_told_where_the_first_account_leaves_nobody_a_way_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured, variables: dict[str, str], is_told: bool
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    told = done(capsys, *ADDED, "--no-password")
    later = done(capsys, "add-user", "ravi@example.org", *ADDED[2:], "--no-password")

    sentence = "Nobody can sign in now: asha@example.org has no password"
    assert [line.startswith(sentence) for line in told].count(True) == int(is_told)
    assert "Nobody can sign in" not in "".join(later)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({1: "asha"}, "This is not an e-mail address. Write one like name@example.org."),
        ({3: "Rails"}, "There is no organisation \u201cRails\u201d. Those of this desk are: \u201cRoads\u201d ("),
        ({3: ""}, "There is no organisation \u201c\u201d."),
        ({5: "boss"}, "There is no role \u201cboss\u201d. Choose owner, estimator or viewer."),
        ({5: ""}, "There is no role \u201c\u201d."),
    ],
)
def test_who_cannot_be_added_is_not_asked_for_a_password(
    desk: Desk, capsys: Captured, changed: dict[int, str], told: str
) -> None:
    arguments = [changed.get(place, word) for place, word in enumerate(ADDED)]

    sentence = refusal(capsys, *arguments)

    assert sentence.startswith(told)
    assert sys.stdin.readline() == f"{PASSWORD}\n"
    assert list_users(desk) == []
    assert is_open(desk)


@pytest.mark.parametrize(
    ("handed", "told"),
    [
        (b"", "No password was given, so nothing was changed."),
        (b"\n" + PASSWORD.encode(), "No password was given, so nothing was changed."),
        (b"short\n", "This password has fewer than 10 characters."),
        (b"asha@example.org\n", "This password is too easy to guess: take away names"),
        (b"Roads Estimate 2026\n", "This password is too easy to guess: take away names"),
        (b"\xff\xfe" + PASSWORD.encode("utf-16-le"), "The password on standard input is no text in UTF-8"),
        (b"x" * 20_000, "This password has more than 256 characters."),
    ],
)
def test_a_password_that_cannot_be_used_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured, handed: bytes, told: str
) -> None:
    hand_over(monkeypatch, handed)

    assert refusal(capsys, *ADDED).startswith(told)
    assert list_users(desk) == []
    assert is_open(desk)


@pytest.mark.parametrize(
    "handed", [PASSWORD.encode(), f"{PASSWORD}\r\n".encode(), f"{PASSWORD}\nmore\n".encode("utf-8-sig")]
)
def test_the_first_line_of_standard_input_is_the_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, handed: bytes
) -> None:
    hand_over(monkeypatch, handed)

    assert main(ADDED) == 0

    assert sign_in(desk, "asha@example.org", PASSWORD, Caller())


def test_a_password_cannot_be_an_argument(desk: Desk, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*ADDED, "--password", PASSWORD])

    assert ended.value.code == 2
    assert list_users(desk) == []


# typing


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Types:
    """A function that has somebody sit at the terminal and type these in turn; gives what they were asked."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def type_in(*typed: str | BaseException | type[Warning]) -> list[str]:
        left, asked = list(typed), list[str]()

        def answer(prompt: str) -> str:
            asked.append(prompt)
            given = left.pop(0)
            if isinstance(given, str):
                return given
            raise given

        monkeypatch.setattr(sys, "stdin", Terminal())
        monkeypatch.setattr(passwords, "getpass", answer)
        return asked

    return type_in


def test_at_a_terminal_the_password_is_asked_for_twice(desk: Desk, types: Types) -> None:
    asked = types(PASSWORD, PASSWORD)

    assert main(ADDED) == 0

    assert asked == ["New password for asha@example.org: ", "The same once more: "]
    assert sign_in(desk, "asha@example.org", PASSWORD, Caller())


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ([PASSWORD, f"{PASSWORD} "], "The two passwords are not the same"),
        ([PASSWORD, ""], "The two passwords are not the same"),
        ([""], "No password was given"),
        ([EOFError()], "No password was given"),
        ([PASSWORD, EOFError()], "No password was given"),
        ([passwords.GetPassWarning()], "This terminal would show the password"),
    ],
)
def test_what_is_typed_wrongly_changes_nothing(
    desk: Desk, types: Types, capsys: Captured, typed: list[str | BaseException], told: str
) -> None:
    types(*typed)

    assert refusal(capsys, *ADDED).startswith(told)
    assert list_users(desk) == []


def test_who_thinks_better_of_it_changes_nothing(desk: Desk, types: Types) -> None:
    types(PASSWORD, KeyboardInterrupt())

    assert main(ADDED) == 130
    assert list_users(desk) == []


# those who are there


def test_another_password_ends_all_sessions(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    person = settle(desk, "asha@example.org", organisation=id_of(desk, "Roads"))
    hand_over(monkeypatch, b"tunnels of old chalk\n")

    [told] = done(capsys, "set-password", "Asha@example.org")

    assert (
        told == f"asha@example.org has another password, and every session with the old one has ended. {CHANGE_FIRST}"
    )
    assert find_visitor(desk, person.ticket, Caller()) is None
    visitor = find_visitor(desk, sign_in(desk, "asha@example.org", "tunnels of old chalk", Caller()), Caller())
    assert visitor is not None and visitor.must_change
    assert ("changed the password of", "asha@example.org") in log_of(desk, id_of(desk, "Roads"))


@pytest.mark.parametrize(
    ("email", "told"),
    [
        ("ravi@example.org", "Nobody has the e-mail address ravi@example.org. `list-users` tells who there is."),
        ("ravi", "This is not an e-mail address. Write one like name@example.org."),
    ],
)
@pytest.mark.parametrize("command", ["set-password", "disable-user", "enable-user"])
def test_who_has_no_account_is_told(desk: Desk, capsys: Captured, command: str, email: str, told: str) -> None:
    person = settle(desk, "asha@example.org", organisation=id_of(desk, "Roads"))

    assert refusal(capsys, command, email) == told
    assert sys.stdin.readline() == f"{PASSWORD}\n"
    assert find_visitor(desk, person.ticket, Caller()) is not None


def test_a_password_that_cannot_be_set_leaves_the_old_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    main(ADDED)
    ticket = sign_in(desk, "asha@example.org", PASSWORD, Caller())
    hand_over(monkeypatch, b"short\n")

    refusal(capsys, "set-password", "asha@example.org")

    assert find_visitor(desk, ticket, Caller()) is not None
    assert sign_in(desk, "asha@example.org", PASSWORD, Caller())


def test_who_is_disabled_is_out_at_once_and_comes_in_again_when_enabled(desk: Desk, capsys: Captured) -> None:
    roads, canals = id_of(desk, "Roads"), add_organisation(desk, "Canals").id
    person = settle(desk, "asha@example.org", organisation=roads)
    settle(desk, "asha@example.org", Role.VIEWER, canals)
    settle(desk, "ravi@example.org", organisation=roads)

    disabled = [done(capsys, "disable-user", "asha@example.org") for _ in range(2)]
    with pytest.raises(SignedOut):
        get_standing(desk, person.user)
    enabled = [done(capsys, "enable-user", "asha@example.org") for _ in range(2)]

    out = "asha@example.org cannot sign in any more. Sessions have ended, and tokens open nothing."
    assert disabled == [[out]] * 2
    assert enabled == [["asha@example.org can sign in again. Tokens that have not expired work again too."]] * 2
    assert find_visitor(desk, person.ticket, Caller()) is None
    deeds = [("disabled", "asha@example.org"), ("enabled", "asha@example.org")]
    assert [[entry for entry in log_of(desk, one) if entry in deeds] for one in (roads, canals)] == [deeds] * 2


def test_it_is_told_when_the_last_owner_goes(desk: Desk, capsys: Captured) -> None:
    roads = id_of(desk, "Roads")
    settle(desk, "asha@example.org", organisation=roads)
    settle(desk, "ravi@example.org", Role.ESTIMATOR, roads)

    others = done(capsys, "disable-user", "ravi@example.org")
    last = done(capsys, "disable-user", "asha@example.org")

    ownerless = "\u201cRoads\u201d has no owner who can sign in. `add-user ... --role owner` gives it one."
    assert ownerless not in others
    assert last[1:] == [ownerless]


def test_a_disabled_account_is_told_so(desk: Desk, capsys: Captured) -> None:
    main(ADDED)
    main(["disable-user", "asha@example.org"])

    told = [done(capsys, *ADDED), done(capsys, "set-password", "asha@example.org")]

    assert [lines[1] for lines in told] == ["The account is disabled. `enable-user` lets its person sign in."] * 2


# listing


@pytest.fixture
def crowd(desk: Desk, clock: Clock) -> Desk:
    """Three people: one of two organisations, one who is disabled, and one who belongs to none any more."""
    desk = replace(desk, now=clock)
    roads, canals = id_of(desk, "Roads"), add_organisation(desk, "Canals").id
    asha = settle(desk, "asha@example.org", organisation=roads)
    clock.move(3600)
    settle(desk, "asha@example.org", Role.VIEWER, canals)
    ravi = settle(desk, "ravi@example.org", Role.ESTIMATOR, roads)
    add_user(desk, NewPerson("\u0c30\u0c35\u0c3f", "new@example.org", PASSWORD), "Roads", Role.VIEWER)
    with desk.open_db() as db, writing(db):
        accounts.set_name(db, asha.account.id, "Asha Rao")
        accounts.remove_member(db, roads, ravi.user.id, clock())
    add_organisation(desk, "Bridges")
    main(["disable-user", "ravi@example.org"])
    return desk


@pytest.mark.usefixtures("crowd")
def test_everybody_is_listed_as_a_table(capsys: Captured) -> None:
    told = done(capsys, "list-users")

    assert told[:-1] == [
        "Organisation  E-mail            Name      Role    State               Last seen (UTC)",
        "Canals        asha@example.org  Asha Rao  viewer  no password         never",
        "Roads         asha@example.org  Asha Rao  owner   no password         2026-04-01 10:30",
        "Roads         new@example.org   \u0c30\u0c35\u0c3f        viewer  to change password  never",
        "-             ravi@example.org  Ravi      -       disabled            2026-04-01 10:30",
    ]
    assert told[-1].startswith("Nobody belongs to \u201cBridges\u201d (")


def test_everybody_is_listed_as_json(crowd: Desk, capsys: Captured) -> None:
    told = json.loads("\n".join(done(capsys, "list-users", "--json")))

    assert [one["name"] for one in told["organisations"]] == ["Bridges", "Canals", "Roads"]
    assert told["users"][0] == {
        "organisation": id_of(crowd, "Canals"),
        "email": "asha@example.org",
        "name": "Asha Rao",
        "role": "viewer",
        "state": "no password",
        "last_seen": None,
    }
    assert told["users"][1]["last_seen"] == "2026-04-01T10:30:00+00:00"
    assert [(one["role"], one["state"], one["organisation"] is None) for one in told["users"][2:]] == [
        ("viewer", "to change password", False),
        (None, "disabled", True),
    ]


def test_a_program_with_a_token_was_seen_too(desk: Desk, clock: Clock, capsys: Captured) -> None:
    desk = replace(desk, now=clock)
    person = settle(desk, "asha@example.org", organisation=id_of(desk, "Roads"))
    _, secret = create_token(desk, person.user, "script", Scope.READ, 30)
    clock.move(3600)
    find_user_by_token(desk, secret, HERE)

    told = json.loads("\n".join(done(capsys, "list-users", "--json")))

    assert told["users"][0]["last_seen"] == clock().isoformat()


@pytest.mark.usefixtures("desk")
def test_an_open_desk_is_told_so(capsys: Captured) -> None:
    told = done(capsys, "list-users")

    assert told[0].startswith("Nobody has an account, so whoever reaches the desk may use it.")
    assert told[1].startswith("Nobody belongs to \u201cRoads\u201d (")


@pytest.mark.parametrize(
    "command", [["list-users"], ["set-password", "a@example.org"], ["disable-user", "a@example.org"]]
)
def test_a_home_that_is_none_is_not_made(home: Path, capsys: Captured, command: list[str]) -> None:
    assert refusal(capsys, *command).startswith(f"There is no Estimate Desk in the folder {home}.")
    assert not home.exists()


# processes of their own


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "estimate_core", *arguments]
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, timeout=60)


def test_a_server_is_set_up_without_a_terminal(home: Path) -> None:
    organisation = run("add-organisation", "Roads")
    refused = run(*ADDED, given=b"short\n")
    added = run(*ADDED, given=PASSWORD.encode())

    assert [one.returncode for one in (organisation, refused, added)] == [0, 2, 0]
    assert refused.stderr.startswith(b"This password has fewer than 10 characters.")
    assert added.stderr == b""
    assert PASSWORD.encode() not in added.stdout
    wires = connect(Settings(home=home))
    assert [one.account.email for one in list_users(wires.desk)] == ["asha@example.org"]
    wires.queue.storage.close()


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of Windows cannot be stood in for")
@pytest.mark.parametrize(("typed", "status"), [([PASSWORD, PASSWORD], 0), ([PASSWORD, "something else"], 2), ([], 130)])
def test_a_terminal_shows_no_password(desk: Desk, typed: list[str], status: int) -> None:
    import pty  # a module that Windows has not

    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "estimate_core", *ADDED]
    # Whatever runs in the background of a shell is deaf to the key that interrupts, and so is what it starts.
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(
        command, cwd=ROOT, stdin=end, stdout=end, stderr=end, start_new_session=True, preexec_fn=hears
    ) as process:
        os.close(end)

        shown = b""
        for line in typed:
            shown += read_until(terminal, b": ")
            os.write(terminal, f"{line}\n".encode())
        if not typed:
            shown += read_until(terminal, b": ")
            process.send_signal(signal.SIGINT)
        shown += read_to_end(terminal)

    assert process.returncode == status
    assert b"New password for asha@example.org: " in shown
    assert PASSWORD.encode() not in shown
    assert b"Traceback" not in shown
    assert len(list_users(desk)) == (1 if status == 0 else 0)


def read_until(terminal: int, end: bytes) -> bytes:
    shown = b""
    while not shown.endswith(end):
        shown += os.read(terminal, 1)
    return shown


def read_to_end(terminal: int) -> bytes:
    shown = b""
    with contextlib.suppress(OSError):  # how Linux tells the end
        while piece := os.read(terminal, 1000):
            shown += piece
    os.close(terminal)
    return shown


def test_who_stops_a_command_is_shown_no_traceback() -> None:
    ended = subprocess.run([sys.executable, "-c", STOPPED], cwd=ROOT, capture_output=True, timeout=60)

    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


STOPPED = """
import builtins, sys
from estimate_core.__main__ import main

real = builtins.__import__

def stopped(name, *rest, **named):
    if name == "estimate_core.wiring":
        raise KeyboardInterrupt
    return real(name, *rest, **named)

builtins.__import__ = stopped
sys.exit(main(["list-users"]))
"""
"""A program that is stopped while its modules are read."""

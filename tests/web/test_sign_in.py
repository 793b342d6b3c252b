"""The forms by which people come in, and the door before everything else."""

import asyncio
import re
from contextlib import suppress
from dataclasses import replace
from threading import Barrier, BrokenBarrierError
from types import SimpleNamespace

import httpx
import pytest
from starlette.requests import HTTPConnection

from estimate_core.desk import Desk
from estimate_core.domain.people import Role
from estimate_core.services import passwords, signing_in
from estimate_core.services.accounts import NewPerson, create_first_account, disable_user, set_password
from estimate_core.services.doors import is_open
from estimate_core.services.invitations import invite
from estimate_core.services.signing_in import COOKIE, Caller, find_visitor, sign_out
from estimate_core.storage import accounts
from estimate_core.storage.database import rows, writing
from estimate_core.web.sign_in import email_of_proxy, sign_in_address
from tests.conftest import Clock
from tests.people import Person, settle, sign_in_again
from tests.web.browser import HTML, JSON, Browser, application

PASSWORD = "bricks under monsoon"
FORM = {
    "organisation": "PWD Guntur",
    "name": "Asha Rao",
    "email": "asha@example.org",
    "new": PASSWORD,
    "again": PASSWORD,
}


@pytest.fixture
def browser(desk: Desk) -> Browser:
    """A browser on this machine in which nobody is signed in."""
    return Browser(desk)


@pytest.fixture
def owner(desk: Desk) -> Person:
    """The owner of the desk, signed in."""
    return settle(desk, "asha@example.org")


def of(desk: Desk, person: Person) -> Browser:
    return Browser(desk, {COOKIE: person.ticket})


def refusal_in(answer: httpx.Response) -> str:
    told = re.search(r'class="bad"[^>]*>([^<]+)<', answer.text)
    return told.group(1) if told else ""


def test_an_open_desk_lets_in_whoever_reaches_it(browser: Browser) -> None:
    assert browser.get("/jobs").text == "local"
    assert "Nobody has an account here yet" in browser.get("/sign-in").text


def test_the_first_account_is_made_and_signed_in(browser: Browser) -> None:
    answer = browser.send("/first-account", FORM)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert browser.get("/jobs").text == "Asha Rao"
    assert browser.get("/first-account").headers["location"] == "/sign-in"
    cookie = next(told for told in answer.headers.get_list("set-cookie") if told.startswith(COOKIE))
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie


def test_behind_https_no_cookie_leaves_in_the_clear(desk: Desk) -> None:
    browser = Browser(by_https(desk), site="http://estimates.example.org")

    answer = browser.send("/first-account", FORM)

    told = [*answer.headers.get_list("set-cookie"), *browser.get("/new-password").headers.get_list("set-cookie")]
    assert {cookie.partition("=")[0] for cookie in told} == {COOKIE, "estimate_form"}
    assert all("Secure" in cookie for cookie in told)


def by_https(desk: Desk) -> Desk:
    """That desk behind a proxy with https."""
    return replace(desk, settings=desk.settings.model_copy(update={"url": "https://estimates.example.org"}))


@pytest.mark.parametrize("site", ["http://192.0.2.9:8501", "http://estimates.example.org:8501"])
@pytest.mark.parametrize("path", ["/sign-in?next=%2Fjobs", "/invitation"])
def test_who_comes_without_https_is_told_where_to_sign_in(owner: Person, desk: Desk, site: str, path: str) -> None:
    if path == "/invitation":
        path = f"{path}/{invite(desk, owner.user, 'mira@example.org', Role.VIEWER)[1]}"
    browser = Browser(by_https(desk), site=site)

    shown = browser.get(path)
    sent = browser.ask("POST", path, data={"email": "asha@example.org", "password": PASSWORD})

    assert (shown.status_code, sent.status_code) == (200, 400)
    for answer in (shown, sent):
        assert "Nobody can sign in by this address" in answer.text
        assert f'href="https://estimates.example.org{path}"' in answer.text
        assert "<form" not in answer.text and "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("site", "headers"),
    [
        ("http://127.0.0.1:8501", {"Sec-Fetch-Site": "none"}),
        ("http://127.0.0.1:8501", {"X-Forwarded-Proto": "https"}),
        ("http://estimates.example.org", {}),
        ("https://192.0.2.9", {}),
    ],
)
def test_behind_https_the_form_is_shown_whatever_name_a_proxy_asks_under(
    owner: Person, desk: Desk, site: str, headers: dict[str, str]
) -> None:
    answer = Browser(by_https(desk), site=site).get("/sign-in", HTML | headers)

    assert "<form" in answer.text
    assert "estimate_form" in answer.headers["set-cookie"]


def test_a_form_whose_cookie_does_not_come_back_tells_where_it_would(owner: Person, desk: Desk) -> None:
    browser = Browser(by_https(desk), site="http://127.0.0.1:8501")

    answer = browser.ask("POST", "/sign-in", data={"form": ""}, headers={"Sec-Fetch-Site": "same-origin"})

    assert "Open it by https://estimates.example.org" in refusal_in(answer)
    assert "Open it by" not in refusal_in(Browser(desk).ask("POST", "/sign-in", data={"form": ""}))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"again": "bricks under sunshine"}, "not the same"),
        ({"new": "short", "again": "short"}, "fewer than 10"),
        ({"email": "<script>"}, "not an e-mail address"),
        ({"name": ""}, "Write a name"),
    ],
)
def test_a_form_that_cannot_be_used_comes_back_with_what_was_typed(
    browser: Browser, typed: dict[str, str], sentence: str
) -> None:
    answer = browser.send("/first-account", FORM | typed)

    assert answer.status_code == 400
    assert sentence in refusal_in(answer)
    assert 'value="PWD Guntur"' in answer.text
    assert PASSWORD not in answer.text and "<script>" not in answer.text
    assert is_open(browser.desk)


@pytest.mark.parametrize("typed", [{"form": ""}, {"form": "made.up"}, {"form": "x" * 200}])
def test_a_form_without_its_token_does_nothing(browser: Browser, typed: dict[str, str]) -> None:
    answer = browser.send("/first-account", FORM | typed)

    assert answer.status_code == 400
    assert "too old" in refusal_in(answer)
    assert is_open(browser.desk)


def test_a_form_that_is_too_old_keeps_what_was_typed_but_passwords(browser: Browser) -> None:
    answer = browser.send("/first-account", FORM | {"form": "made.up", "name": "Asha <b>"})
    hidden = dict(re.findall(r'name="(form)" value="([^"]+)"', answer.text))
    again = browser.ask("POST", "/first-account", data=FORM | hidden)

    for kept in ("PWD Guntur", "Asha &lt;b&gt;", "asha@example.org"):
        assert f'value="{kept}"' in answer.text
    assert PASSWORD not in answer.text
    assert again.status_code == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/sign-in", "/new-password", "/first-account", "/invitation/x"])
def test_another_method_than_a_form_takes_is_refused_in_a_sentence(
    owner: Person, desk: Desk, path: str, method: str
) -> None:
    answer = Browser(desk).ask(method, path)

    assert answer.status_code == 405
    assert answer.json() == {"error": f"This address does not take {method}. Open it in a browser."}


@pytest.mark.parametrize("body", [b"\xff=\xff", b"&".join(b"a=b" for _ in range(40)), b""])
def test_what_is_no_form_does_nothing(browser: Browser, body: bytes) -> None:
    answer = browser.ask("POST", "/first-account", content=body)

    assert answer.status_code == 400
    assert "too old" in refusal_in(answer)
    assert is_open(browser.desk)


def test_the_token_of_another_browser_does_nothing(browser: Browser, desk: Desk) -> None:
    other = Browser(desk).get("/first-account")
    stolen = dict(re.findall(r'name="(form)" value="([^"]+)"', other.text))

    answer = browser.send("/first-account", FORM | stolen)

    assert "too old" in refusal_in(answer)
    assert is_open(desk)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_another_site_cannot_send_a_form(browser: Browser, headers: dict[str, str]) -> None:
    answer = browser.send("/first-account", FORM, headers)

    assert answer.status_code == 403
    assert is_open(browser.desk)


def test_a_form_that_is_too_long_is_refused(browser: Browser) -> None:
    answer = browser.send("/first-account", FORM | {"name": "x" * 20_000})

    assert answer.status_code == 413
    assert is_open(browser.desk)


def test_who_is_not_signed_in_is_led_to_the_form_and_back_to_what_was_asked_for(desk: Desk) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    browser = Browser(desk)

    led = browser.get("/jobs?status=failed")
    answer = browser.send(led.headers["location"], {"email": "asha@example.org", "password": PASSWORD})

    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fjobs%3Fstatus%3Dfailed")
    assert answer.headers["location"] == "/jobs?status=failed"
    assert browser.get("/jobs").text == "Asha"


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/\n/evil.example"]
)
def test_a_sign_in_leads_to_no_other_site(desk: Desk, to: str) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    browser = Browser(desk)

    answer = browser.send("/sign-in", {"email": "asha@example.org", "password": PASSWORD, "next": to})

    assert answer.headers["location"] == "/"
    assert sign_in_address(to) == "/sign-in"


def test_a_wrong_password_stays_at_the_form(owner: Person, desk: Desk) -> None:
    browser = Browser(desk)

    answer = browser.send("/sign-in", {"email": "asha@example.org", "password": "no"})

    assert answer.status_code == 400
    assert refusal_in(answer) == "The e-mail address or the password is not right. Try again."
    assert 'value="asha@example.org"' in answer.text
    assert COOKIE not in browser.cookies


def test_who_forgot_the_password_is_told_whom_to_ask(desk: Desk) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    there = settle(desk, "ravi@example.org", organisation="elsewhere")
    _, secret = invite(desk, there.user, "asha@example.org", Role.VIEWER)
    asha = Browser(desk)
    asha.send("/sign-in", {"email": "asha@example.org", "password": PASSWORD})

    forms = [Browser(desk).get("/sign-in"), Browser(desk).get(f"/invitation/{secret}"), asha.get("/new-password")]

    for form in forms:
        assert "Forgotten it? Ask whoever hosts this Estimate Desk for another." in form.text


def test_too_many_tries_are_told_with_how_long_to_wait(owner: Person, desk: Desk) -> None:
    browser = Browser(desk)

    for _ in range(11):
        answer = browser.send("/sign-in", {"email": "asha@example.org", "password": "no"})

    assert answer.status_code == 429
    assert "Try again in 15 minutes" in refusal_in(answer)
    assert int(answer.headers["retry-after"]) == 900


def test_programs_are_told_to_sign_in(owner: Person, desk: Desk) -> None:
    answer = Browser(desk).get("/api/jobs", JSON)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"].startswith("Sign in first")


@pytest.mark.parametrize("way", ["signed out", "disabled", "expired", "another key"])
def test_a_session_that_ended_opens_nothing(owner: Person, desk: Desk, clock: Clock, way: str) -> None:
    browser = of(desk, owner)
    before = browser.get("/jobs").text
    settle(desk, "second@example.org")

    if way == "signed out":
        sign_out(desk, owner.user)
    elif way == "disabled":
        disable_user(desk, "asha@example.org")
    elif way == "expired":
        clock.move(15 * 24 * 3600)
    else:
        browser.desk = replace(desk, key=b"k" * 32)

    assert before == "Asha"
    assert browser.get("/jobs").status_code == 303
    assert browser.get("/api/jobs", JSON).status_code == 401
    assert open_socket(browser) == ["websocket.close"]


def open_socket(browser: Browser, peer: str = "127.0.0.1", path: str = "/_stcore/stream") -> list[str]:
    """The kinds of messages that a websocket is answered."""
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"desk"), (b"cookie", cookies.encode())],
        "client": (peer, 1),
        "subprotocols": [],
    }
    asyncio.run(application(lambda: browser.desk)(scope, receive, send))  # type: ignore[arg-type]
    return sent


def test_a_websocket_opens_to_who_is_signed_in_and_to_nobody_else(owner: Person, desk: Desk) -> None:
    assert open_socket(of(desk, owner)) == ["websocket.accept", "websocket.close"]
    assert open_socket(Browser(desk)) == ["websocket.close"]


@pytest.mark.parametrize("path", ["/sign-in", "/invitation/x", "/invitation/_stcore/stream", "/healthz", "/metrics"])
def test_no_form_lets_a_websocket_in(owner: Person, desk: Desk, path: str) -> None:
    assert open_socket(Browser(desk), path=path) == ["websocket.close"]


@pytest.mark.parametrize(
    "path", ["/invitation/", "/invitation/x/y", "/sign-in/", "/healthz/x", "//sign-in", "/SIGN-IN"]
)
def test_only_the_forms_themselves_answer_to_everybody(owner: Person, desk: Desk, path: str) -> None:
    assert Browser(desk).get(path, JSON).status_code == 401


def test_nobody_else_tells_the_pages_whose_session_asks(owner: Person, desk: Desk) -> None:
    answer = of(desk, owner).get("/session", {"X-Estimate-Session": "another"})

    assert answer.text == owner.user.session


def test_who_must_change_the_password_is_led_there_and_nowhere_else(desk: Desk) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    set_password(desk, "asha@example.org", "chosen by the host")
    browser = Browser(desk)
    browser.send("/sign-in", {"email": "asha@example.org", "password": "chosen by the host"})

    led, asked, opened = browser.get("/jobs"), browser.get("/api/jobs", JSON), open_socket(browser)
    answer = browser.send("/new-password", {"password": "chosen by the host", "new": PASSWORD, "again": PASSWORD})

    assert (led.status_code, led.headers["location"]) == (303, "/new-password")
    assert asked.status_code == 403
    assert opened == ["websocket.close"]
    assert answer.status_code == 303
    assert browser.get("/jobs").text == "Asha"


def test_who_belongs_to_no_organisation_is_told_so(owner: Person, desk: Desk, clock: Clock) -> None:
    with desk.open_db() as db, writing(db):
        accounts.remove_member(db, owner.user.organisation, owner.user.id, clock())

    answer = of(desk, owner).get("/jobs")

    assert answer.status_code == 403
    assert "belongs to no organisation any more" in answer.text


def test_an_invitation_makes_an_account_and_opens_nothing_twice(owner: Person, desk: Desk) -> None:
    _, secret = invite(desk, owner.user, "ravi@example.org", Role.VIEWER)
    browser = Browser(desk)

    offered = browser.get(f"/invitation/{secret}")
    answer = browser.send(f"/invitation/{secret}", {"name": "Ravi", "new": PASSWORD, "again": PASSWORD})

    assert "invites you as a viewer" in offered.text and "ravi@example.org" in offered.text
    assert answer.status_code == 303
    assert browser.get("/jobs").text == "Ravi"
    assert Browser(desk).get(f"/invitation/{secret}").status_code == 404
    with desk.open_db() as db:
        assert rows(db, "SELECT role FROM users WHERE name = 'Ravi' AND account IS NOT NULL") == [{"role": "viewer"}]


def test_who_has_an_account_joins_with_its_password_alone(desk: Desk) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    other = settle(desk, "ravi@example.org", organisation="elsewhere")
    _, secret = invite(desk, other.user, "asha@example.org", Role.ESTIMATOR)
    browser = Browser(desk)

    refused = browser.send(f"/invitation/{secret}", {"password": "not it"})
    answer = browser.send(f"/invitation/{secret}", {"password": PASSWORD})

    assert "not the password" in refusal_in(refused)
    assert answer.status_code == 303
    visitor = find_visitor(desk, browser.cookies[COOKIE], Caller())
    assert visitor and visitor.user and visitor.user.organisation == "elsewhere"


def test_who_is_signed_in_joins_by_one_press(owner: Person, desk: Desk) -> None:
    other = settle(desk, "ravi@example.org", organisation="elsewhere")
    _, secret = invite(desk, other.user, "asha@example.org", Role.ESTIMATOR)
    browser = Browser(desk, {COOKIE: owner.ticket})

    offered = browser.get(f"/invitation/{secret}")
    answer = browser.send(f"/invitation/{secret}", {})

    visitor = find_visitor(desk, owner.ticket, Caller())
    assert "invites you as an estimator" in offered.text and 'type="password"' not in offered.text
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert visitor and visitor.user
    assert (visitor.user.organisation, visitor.user.role) == ("elsewhere", Role.ESTIMATOR)


def test_who_has_no_password_is_led_to_sign_in_and_back(owner: Person, desk: Desk) -> None:
    settle(desk, "ravi@example.org", organisation="elsewhere")
    _, secret = invite(desk, owner.user, "ravi@example.org", Role.ESTIMATOR)

    offered = Browser(desk).get(f"/invitation/{secret}")
    refused = Browser(desk).ask("POST", f"/invitation/{secret}", data={"password": ""})

    assert "Sign in first, and you come back here." in offered.text
    assert sign_in_address(f"/invitation/{secret}") in offered.text
    assert refused.status_code == 400
    assert "ravi@example.org" not in {member.account.email for member in members_of(desk)}


def members_of(desk: Desk) -> list[accounts.Member]:
    with desk.open_db() as db:
        return accounts.list_members(db, "local")


@pytest.mark.parametrize("secret", ["nonsense", "%00", "..", "a" * 5000, "%ff"])
def test_an_unknown_invitation_is_told_in_a_sentence(owner: Person, desk: Desk, secret: str) -> None:
    answer = Browser(desk).get(f"/invitation/{secret}")

    assert answer.status_code in (303, 404)
    assert "Asha" not in answer.text


def behind_proxy(desk: Desk) -> Desk:
    settings = desk.settings.from_environment(
        {
            "ESTIMATE_HOME": str(desk.settings.home),
            "ESTIMATE_PROXY_HEADER": "X-Forwarded-Email",
            "ESTIMATE_PROXY_ADDRESSES": "10.0.0.0/8",
        }
    )
    return replace(desk, settings=settings)


def test_a_trusted_proxy_tells_who_asks(owner: Person, desk: Desk) -> None:
    browser = Browser(behind_proxy(desk), address="10.0.0.5")
    told = HTML | {"X-Forwarded-Email": "Asha@example.org", "X-Forwarded-For": "203.0.113.8"}

    led = browser.get("/sign-in?next=/jobs", told)

    assert (led.status_code, led.headers["location"]) == (303, "/jobs")
    assert browser.get("/jobs", told).text == "Asha"
    with desk.open_db() as db:
        assert {"way": "proxy", "address": "203.0.113.8"} in rows(db, "SELECT way, address FROM sessions")


def test_a_session_of_a_proxy_ends_when_it_vouches_for_another_or_for_nobody(owner: Person, desk: Desk) -> None:
    browser = Browser(behind_proxy(desk), address="10.0.0.5")
    browser.get("/sign-in", HTML | {"X-Forwarded-Email": "asha@example.org"})

    assert browser.get("/jobs", HTML | {"X-Forwarded-Email": "ravi@example.org"}).status_code == 303
    assert browser.get("/jobs").status_code == 303


def test_whom_a_proxy_vouches_for_takes_the_place_of_whom_it_vouched_for_before(owner: Person, desk: Desk) -> None:
    settle(desk, "ravi@example.org", organisation="elsewhere")
    browser = Browser(behind_proxy(desk), address="10.0.0.5")
    asha, ravi = (HTML | {"X-Forwarded-Email": f"{name}@example.org"} for name in ("asha", "ravi"))
    browser.get("/sign-in", asha)
    before = browser.cookies[COOKIE]

    browser.get("/sign-in", ravi)

    assert browser.get("/jobs", ravi).text == "Ravi"
    assert find_visitor(desk, before, Caller()) is None


@pytest.mark.parametrize(
    ("told", "believed"),
    [((b"Asha@example.org",), "asha@example.org"), ((b"asha@example.org", b"ravi@example.org"), "")],
)
def test_of_two_addresses_that_come_by_a_proxy_none_is_believed(
    desk: Desk, told: tuple[bytes, ...], believed: str
) -> None:
    headers = [(b"x-forwarded-email", email) for email in told]
    asked = HTTPConnection({"type": "http", "headers": headers, "client": ("10.0.0.5", 1)})

    assert email_of_proxy(asked, behind_proxy(desk).settings) == believed


def test_whom_a_proxy_no_longer_vouches_for_changes_no_password(owner: Person, desk: Desk) -> None:
    browser = Browser(behind_proxy(desk), address="10.0.0.5")
    browser.get("/sign-in", {"X-Forwarded-Email": "asha@example.org"})

    answer = browser.get("/new-password", {"X-Forwarded-Email": "ravi@example.org"})

    assert answer.headers["location"] == "/sign-in?next=%2Fnew-password"


@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.1"])
def test_the_header_of_whoever_is_no_trusted_proxy_counts_for_nothing(owner: Person, desk: Desk, address: str) -> None:
    browser = Browser(behind_proxy(desk), address=address)
    told = HTML | {"X-Forwarded-Email": "asha@example.org"}

    assert browser.get("/sign-in", told).status_code == 200
    assert browser.get("/jobs", told).status_code == 303


def test_whom_a_proxy_vouches_for_must_be_known_here(owner: Person, desk: Desk) -> None:
    browser = Browser(behind_proxy(desk), address="10.0.0.5")

    answer = browser.get("/sign-in", HTML | {"X-Forwarded-Email": "ravi@example.org"})

    assert answer.status_code == 403
    assert "Nobody here has the e-mail address ravi@example.org" in answer.text


def test_an_open_desk_does_not_answer_to_other_machines(desk: Desk) -> None:
    browser = Browser(desk, address="192.0.2.1")

    assert browser.get("/jobs").status_code == 403
    assert browser.get("/first-account").status_code == 403
    assert open_socket(browser, "192.0.2.1") == ["websocket.close"]
    assert Browser(desk).get("/jobs", HTML | {"X-Forwarded-For": "192.0.2.1"}).status_code == 403


def test_who_is_refused_at_the_door_is_offered_no_way_that_is_refused_too(desk: Desk) -> None:
    answer = Browser(desk, address="192.0.2.1").get("/api/outputs/x/download")

    assert answer.status_code == 403
    assert "open on its own machine alone" in answer.text
    assert "<a" not in answer.text


def test_monitors_need_no_session(owner: Person, desk: Desk) -> None:
    for path in ("/healthz", "/metrics"):
        answer = Browser(desk).get(path, JSON)
        assert answer.status_code in (200, 503)
        assert "asha" not in answer.text.lower()


def test_forms_are_kept_by_nobody_and_run_nothing(owner: Person, desk: Desk) -> None:
    answer = Browser(desk).get("/sign-in")

    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "script" not in answer.text


def test_a_browser_that_is_signed_in_twice_has_two_sessions(owner: Person, desk: Desk) -> None:
    again = sign_in_again(desk, owner.account)

    sign_out(desk, owner.user)

    assert of(desk, owner).get("/jobs").status_code == 303
    assert of(desk, again).get("/jobs").text == "Asha"


def test_a_form_of_sign_in_that_was_left_open_ends_the_session_before(desk: Desk) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    before = settle(desk, "ravi@example.org", organisation="elsewhere")
    browser = Browser(desk)
    hidden = dict(re.findall(r'name="(form)" value="([^"]+)"', browser.get("/sign-in").text))
    typed = hidden | {"email": "asha@example.org", "next": "/jobs"}
    browser.cookies[COOKIE] = before.ticket

    browser.ask("POST", "/sign-in", data=typed | {"password": "no"})
    failed = browser.get("/jobs").text
    browser.ask("POST", "/sign-in", data=typed | {"password": PASSWORD})

    assert (failed, browser.get("/jobs").text) == ("Ravi", "Asha")
    assert of(desk, before).get("/jobs").status_code == 303


def test_an_invitation_that_is_accepted_ends_the_session_before(owner: Person, desk: Desk) -> None:
    _, secret = invite(desk, owner.user, "mira@example.org", Role.VIEWER)
    browser = of(desk, owner)

    browser.send(f"/invitation/{secret}", {"name": "Mira", "new": "short", "again": "short"})
    failed = browser.get("/jobs").text
    browser.send(f"/invitation/{secret}", {"name": "Mira", "new": PASSWORD, "again": PASSWORD})

    assert (failed, browser.get("/jobs").text) == ("Asha", "Mira")
    assert of(desk, owner).get("/jobs").status_code == 303


def test_an_unknown_account_costs_as_much_to_refuse_as_a_wrong_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_first_account(desk, "PWD", NewPerson("Asha", "asha@example.org", PASSWORD), Caller())
    # Other tests hash in a cheap way, and what is compared where there is no account is kept.
    passwords._nobodys.cache_clear()
    hashes = passwords._hashes()
    verified: list[str] = []

    def verify(password: str, kept: str) -> bool:
        verified.append(kept.rpartition("$")[0].rpartition("$")[0])
        return bool(hashes.verify(password, kept))

    monkeypatch.setattr(passwords, "_hashes", lambda: SimpleNamespace(verify=verify, hash=hashes.hash))
    for email in ("asha@example.org", "nobody@example.org"):
        Browser(desk).send("/sign-in", {"email": email, "password": "not it"})

    # `python -m benchmarks.guessing` prints the times: here it counts that each is compared once, at the same cost.
    assert len(verified) == 2
    assert verified[0] == verified[1]


def test_behind_a_proxy_that_asks_under_another_name_forms_of_the_desk_are_taken(desk: Desk) -> None:
    settings = desk.settings.model_copy(update={"url": "http://estimates.example.org"})
    browser = Browser(replace(desk, settings=settings))

    answer = browser.send("/first-account", FORM, {"Origin": "http://estimates.example.org"})

    assert answer.status_code == 303
    assert not is_open(desk)


@pytest.mark.parametrize(("path", "typed"), [("/new-password", {}), ("/first-account", FORM)])
def test_a_form_that_is_for_nobody_any_more_leads_on(
    owner: Person, desk: Desk, path: str, typed: dict[str, str]
) -> None:
    answer = Browser(desk).send(path, typed)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_a_form_that_breaks_off_is_no_fault(owner: Person, desk: Desk) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/sign-in", "query_string": b"", "headers": [], "client": None}
    asyncio.run(application(lambda: desk)(scope, receive, send))  # type: ignore[arg-type]

    assert sent[0]["status"] == 400


def test_a_crowd_that_guesses_leaves_threads_to_others(
    owner: Person, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, five = Browser(desk), Barrier(5)
    met: list[int] = []
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', browser.get("/sign-in").text))

    def compare(password: str, kept: str | None) -> bool:
        with suppress(BrokenBarrierError):
            met.append(five.wait(2))
        return False

    async def guess() -> list[httpx.Response]:
        typed = [hidden | {"email": f"n{number}@example.org", "password": "not it"} for number in range(20)]
        return await asyncio.gather(*(browser._ask("POST", "/sign-in", data=each) for each in typed))

    monkeypatch.setattr(signing_in, "is_password", compare)
    answers = asyncio.run(guess())

    assert [answer.status_code for answer in answers] == [400] * 20
    assert met == []

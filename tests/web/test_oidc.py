"""Signing in by the organisation's own provider: it works, or ends with a sentence and without a session."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from estimate_core.desk import Desk, open_desk
from estimate_core.services.signing_in import COOKIE, Caller, find_visitor
from estimate_core.settings import Settings
from estimate_core.storage import accounts, sessions
from estimate_core.storage.database import writing
from estimate_core.web import api
from estimate_core.web.door import Door
from estimate_core.web.gate import Gate
from estimate_core.web.provider import narrowed
from tests.conftest import Clock
from tests.people import settle
from tests.web.provider import CLIENT, OTHER_KEY, SECRET, Answers, Provider, running_provider, shared_secret_key

HERE = "http://desk"
ROOT = Path(__file__).parents[2]
Steps = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: Provider) -> Provider:
    """A provider that answers rightly until a test says otherwise."""
    running.answers = Answers()
    running.asked.clear()
    return running


@pytest.fixture
def office(tmp_path: Path, clock: Clock, provider: Provider) -> Desk:
    """A desk with that provider, where Asha has an account."""
    settings = Settings(
        home=tmp_path / "office",
        url=HERE,
        oidc_url=provider.metadata_url,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_name="District login",
    )
    desk = open_desk(settings, lambda job_id: None, clock)
    settle(desk, "asha@example.org")
    return desk


def browse(desk: Desk, steps: Steps) -> httpx.Response:
    """What a browser comes to, which keeps cookies and goes where it is led, at the desk and at the provider."""
    app = Starlette(
        routes=api.routes(lambda: desk),
        exception_handlers=api.exception_handlers(),
        middleware=[
            Middleware(Gate, settings_of=lambda: desk.settings),
            Middleware(Door, desk_of=lambda: desk),
            # Streamlit keeps something there too.
            Middleware(SessionMiddleware, secret_key="of the pages"),
        ],
    )

    async def browsing() -> httpx.Response:
        mounts = {HERE: httpx.ASGITransport(app, client=("127.0.0.1", 50_000)), "all://": httpx.AsyncHTTPTransport()}
        headers = {"Accept": "text/html"}
        async with httpx.AsyncClient(mounts=mounts, base_url=HERE, follow_redirects=True, headers=headers) as browser:
            return await steps(browser)

    return asyncio.run(browsing())


async def sign_in(browser: httpx.AsyncClient) -> httpx.Response:
    return await browser.get("/sign-in/oidc?next=/api/jobs")


def count_sessions(desk: Desk) -> int:
    """How many sessions Asha has besides the one that she was settled with."""
    with desk.open_db() as db:
        account = accounts.find_account(db, "asha@example.org")
        assert account is not None
        return len(sessions.list_sessions(db, account.id)) - 1


def assert_refused(desk: Desk, answer: httpx.Response, sentence: str, status: int = 403) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert sentence in answer.text
    assert 'href="/sign-in"' in answer.text
    assert COOKIE not in answer.headers.get("set-cookie", "")
    assert count_sessions(desk) == 0


def test_who_the_provider_vouches_for_comes_to_what_they_asked_for(office: Desk) -> None:
    answer = browse(office, sign_in)

    ticket = answer.history[-1].headers.get_list("set-cookie")[0]
    assert (answer.status_code, str(answer.url)) == (200, f"{HERE}/api/jobs")
    assert ticket.startswith(f"{COOKIE}=") and "HttpOnly" in ticket and "SameSite=lax" in ticket
    assert count_sessions(office) == 1
    with office.open_db() as db:
        account = accounts.find_account(db, "asha@example.org")
        assert account is not None
        assert "oidc" in {session.way for session in sessions.list_sessions(db, account.id)}


def test_who_the_provider_vouches_for_takes_the_place_of_who_was_signed_in_before(
    office: Desk, provider: Provider
) -> None:
    before = settle(office, "ravi@example.org", organisation="elsewhere")

    async def sign_in_over(browser: httpx.AsyncClient) -> httpx.Response:
        browser.cookies.set(COOKIE, before.ticket, domain="desk.local")
        return await sign_in(browser)

    provider.answers.claims["email"] = "nobody@example.org"
    refused = browse(office, sign_in_over)
    untouched = find_visitor(office, before.ticket, Caller())
    provider.answers.claims["email"] = "asha@example.org"
    answer = browse(office, sign_in_over)

    assert (refused.status_code, answer.status_code) == (403, 200)
    assert untouched
    assert find_visitor(office, before.ticket, Caller()) is None
    assert count_sessions(office) == 1


def test_the_address_of_a_person_is_known_in_any_case(office: Desk, provider: Provider) -> None:
    provider.answers.claims["email"] = "Asha@Example.ORG"

    assert browse(office, sign_in).status_code == 200


def test_a_provider_that_tells_the_address_only_when_asked_is_asked(office: Desk, provider: Provider) -> None:
    provider.answers.told, provider.answers.claims = provider.answers.claims, {}

    answer = browse(office, sign_in)

    assert answer.status_code == 200
    assert provider.asked[-1] == "/userinfo"


def test_what_is_told_of_another_person_does_not_count(office: Desk, provider: Provider) -> None:
    provider.answers.told, provider.answers.claims = provider.answers.claims | {"sub": "ravi"}, {}

    assert_refused(office, browse(office, sign_in), "District login cannot be reached", 503)


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email_verified": 1},
        {"email": ""},
        {"email": ["asha@example.org"]},
    ],
)
def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(
    office: Desk, provider: Provider, claims: dict[str, object]
) -> None:
    provider.answers.claims |= claims

    assert_refused(office, browse(office, sign_in), "does not vouch for your e-mail address")


def test_somebody_without_an_account_is_told_whom_to_ask(office: Desk, provider: Provider) -> None:
    provider.answers.claims["email"] = "ravi@example.org"

    assert_refused(office, browse(office, sign_in), "Ask an owner of your organisation")


def test_a_disabled_account_stays_closed(office: Desk, clock: Clock) -> None:
    with office.open_db() as db, writing(db):
        account = accounts.find_account(db, "asha@example.org")
        assert account is not None
        accounts.set_disabled(db, account.id, clock())

    assert_refused(office, browse(office, sign_in), "asha@example.org")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another desk"},
        {"aud": "another desk", "azp": CLIENT},
        {"aud": None},
        {"iss": "http://elsewhere.example"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
    ],
)
def test_a_token_that_was_made_for_something_else_opens_nothing(
    office: Desk, provider: Provider, claims: dict[str, object]
) -> None:
    provider.answers.claims |= claims

    assert_refused(office, browse(office, sign_in), "District login cannot be reached", 503)


@pytest.mark.parametrize(
    ("key", "algorithm"), [(OTHER_KEY, "RS256"), (shared_secret_key(), "HS256"), (shared_secret_key(), "none")]
)
def test_a_token_that_others_could_have_made_opens_nothing(
    office: Desk, provider: Provider, key: object, algorithm: str
) -> None:
    provider.answers.key, provider.answers.algorithm = key, algorithm

    assert_refused(office, browse(office, sign_in), "District login cannot be reached", 503)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_a_provider_that_is_out_of_order_is_told_and_works_again_later(
    office: Desk, provider: Provider, path: str
) -> None:
    provider.answers.broken = path

    assert_refused(office, browse(office, sign_in), "Try again in a minute", 503)

    provider.answers.broken = ""
    assert browse(office, sign_in).status_code == 200


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": None},
        {"issuer": ""},
        {"authorization_endpoint": None},
        {"token_endpoint": 5},
        {"jwks_uri": None},
        {"jwks": "none"},
    ],
)
def test_a_provider_that_describes_itself_badly_is_told(
    office: Desk, provider: Provider, metadata: dict[str, object]
) -> None:
    provider.answers.metadata = metadata

    assert_refused(office, browse(office, sign_in), "Try again in a minute", 503)


def test_a_provider_that_is_not_there_is_told(office: Desk) -> None:
    absent = replace(office, settings=office.settings.model_copy(update={"oidc_url": "http://127.0.0.1:9/metadata"}))

    assert_refused(absent, browse(absent, sign_in), "District login cannot be reached", 503)


def test_whoever_the_provider_turns_away_is_told_in_our_words(office: Desk, provider: Provider) -> None:
    provider.answers.error = "access_denied"

    assert_refused(office, browse(office, sign_in), "District login did not let you in")


async def begin(browser: httpx.AsyncClient) -> str:
    """The address to which the provider sends a person back, who did not go there yet."""
    sent = await browser.get("/sign-in/oidc", follow_redirects=False)
    back = await browser.get(sent.headers["location"], follow_redirects=False)
    return back.headers["location"]


def test_a_sign_in_that_another_browser_began_is_not_ended_here(office: Desk) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        address = await begin(browser)
        browser.cookies.clear()
        return await browser.get(address)

    assert_refused(office, browse(office, steps), "was begun in another browser")


@pytest.mark.parametrize("state", ["", "state=", "state=of-another", "code=x"])
def test_a_state_that_is_not_that_of_the_sign_in_is_refused(office: Desk, state: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        address = await begin(browser)
        return await browser.get(f"{address.partition('state=')[0]}{state}")

    assert_refused(office, browse(office, steps), "was begun in another browser")


def test_a_sign_in_ends_once(office: Desk) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        address = await begin(browser)
        cookies = dict(browser.cookies)
        await browser.get(address, follow_redirects=False)
        browser.cookies.clear()
        # As somebody would who kept all of it.
        return await browser.get(address, headers={"Cookie": f"estimate_oidc={cookies['estimate_oidc']}"})

    answer = browse(office, steps)

    assert answer.status_code == 503
    assert count_sessions(office) == 1


def test_a_cookie_that_was_tampered_with_counts_for_nothing(office: Desk) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        address = await begin(browser)
        kept = browser.cookies["estimate_oidc"]
        browser.cookies.clear()
        return await browser.get(address, headers={"Cookie": f"estimate_oidc=e30{kept[3:]}"})

    assert_refused(office, browse(office, steps), "was begun in another browser")


@pytest.mark.parametrize("to", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"])
def test_nobody_is_led_elsewhere_after_signing_in(office: Desk, to: str) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        sent = await browser.get("/sign-in/oidc", params={"next": to}, follow_redirects=False)
        back = await browser.get(sent.headers["location"], follow_redirects=False)
        return await browser.get(back.headers["location"], follow_redirects=False)

    assert browse(office, steps).headers["location"] == "/"


def test_people_are_sent_on_with_all_that_protects_the_way_back(office: Desk, provider: Provider) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        return await browser.get("/sign-in/oidc", follow_redirects=False)

    answer = browse(office, steps)

    asked = httpx.URL(answer.headers["location"]).params
    kept = answer.headers["set-cookie"]
    assert asked["redirect_uri"] == f"{HERE}/sign-in/oidc/done"
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email profile")
    assert asked["state"] and asked["nonce"] and asked["code_challenge"]
    assert "HttpOnly" in kept and "Path=/sign-in/oidc" in kept and "SameSite=lax" in kept
    assert answer.headers["cache-control"] == "no-store"


def test_behind_https_the_cookie_goes_no_other_way(office: Desk) -> None:
    secure = replace(office, settings=office.settings.model_copy(update={"url": "https://desk"}))

    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        return await browser.get("/sign-in/oidc", follow_redirects=False)

    answer = browse(secure, steps)

    assert "Secure" in answer.headers["set-cookie"]
    assert httpx.URL(answer.headers["location"]).params["redirect_uri"] == "https://desk/sign-in/oidc/done"


@pytest.mark.parametrize("door", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
def test_a_provider_behind_https_leads_nobody_out_of_it(door: str) -> None:
    said = {"issuer": "https://login.example.org", door: "http://login.example.org/door"}

    with pytest.raises(ValueError, match=f"its {door} is no https address"):
        narrowed(said, "https://login.example.org/metadata")


def test_a_provider_chooses_among_signatures_that_only_it_can_make() -> None:
    said = {"issuer": "x", "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"]}

    taken = narrowed(said, "https://login.example.org/metadata")

    assert taken == {"id_token_signing_alg_values_supported": ["ES256", "RS256"]}


def test_what_a_provider_says_of_itself_is_asked_once_within_ten_minutes(
    office: Desk, provider: Provider, clock: Clock
) -> None:
    described = "/.well-known/openid-configuration"

    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        await browser.get("/sign-in/oidc", follow_redirects=False)
        clock.move(599)
        await browser.get("/sign-in/oidc", follow_redirects=False)
        assert provider.asked.count(described) == 1
        clock.move(1)
        return await browser.get("/sign-in/oidc", follow_redirects=False)

    browse(office, steps)

    assert provider.asked.count(described) == 2


def test_the_form_shows_the_way_to_the_provider(office: Desk) -> None:
    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        return await browser.get("/sign-in?next=/jobs")

    answer = browse(office, steps)

    assert 'href="/sign-in/oidc?next=%2Fjobs">Sign in with District login</a>' in answer.text


@pytest.mark.parametrize("path", ["/sign-in/oidc", "/sign-in/oidc/done"])
def test_without_a_provider_there_is_no_such_address(desk: Desk, path: str) -> None:
    settle(desk, "asha@example.org")

    async def steps(browser: httpx.AsyncClient) -> httpx.Response:
        return await browser.get(path, headers={"Host": "localhost"})

    answer = browse(desk, steps)

    assert answer.status_code == 404
    assert answer.json()["error"].startswith("There is no such address here.")


def test_without_a_provider_nothing_is_loaded_to_speak_with_one() -> None:
    script = "import sys, estimate_core.web.api; sys.exit('authlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0

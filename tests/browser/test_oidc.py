"""A person signs in by the provider of their organisation, in the application as it is started."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from estimate_core.desk import open_desk
from estimate_core.settings import Settings
from tests.browser.conftest import Office, OpenPage, needs_browser, running_office
from tests.browser.hands import settle as settled
from tests.people import settle
from tests.web.provider import CLIENT, SECRET, Provider, running_provider

pytestmark = needs_browser


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def office_of_asha(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The application with that provider, where Asha has an account."""
    home = tmp_path / "home"
    settle(open_desk(Settings(home=home), lambda job_id: None, lambda: datetime.now(UTC)), "asha@example.org")
    monkeypatch.setenv("ESTIMATE_OIDC_URL", provider.metadata_url)
    monkeypatch.setenv("ESTIMATE_OIDC_CLIENT_ID", CLIENT)
    monkeypatch.setenv("ESTIMATE_OIDC_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("ESTIMATE_OIDC_NAME", "District login")
    with running_office(home, "external") as office:
        yield office


def test_a_person_comes_by_the_provider_to_the_page_that_was_asked_for(
    office_of_asha: Office, open_page: OpenPage, provider: Provider
) -> None:
    page = open_page(f"{office_of_asha.url}/jobs")
    provider.answers.claims["email_verified"] = False
    page.get_by_role("link", name="Sign in with District login").click()
    page.get_by_text("District login does not vouch for your e-mail address.").wait_for()
    cookies = {cookie["name"] for cookie in page.context.cookies()}
    provider.answers.claims["email_verified"] = True

    page.goto(f"{office_of_asha.url}/jobs")
    page.get_by_role("link", name="Sign in with District login").click()

    page.get_by_text("Asha").first.wait_for()
    settled(page)
    assert page.url == f"{office_of_asha.url}/jobs"
    assert "estimate_session" not in cookies
    assert "estimate_oidc" not in {cookie["name"] for cookie in page.context.cookies()}

"""What browsers are told, and which of the library's own doors are closed."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
import streamlit
from starlette.datastructures import Headers, MutableHeaders

from estimate_core.web.forms import HEADERS as FORM_HEADERS
from estimate_core.web.origins import is_asked_by_other_site
from estimate_core.web.policy import HEADERS, add_headers, is_needed, policy_of

URL = "https://estimates.example.org"


def told(**own: str) -> MutableHeaders:
    headers = MutableHeaders({name.replace("_", "-"): value for name, value in own.items()})
    add_headers(headers)
    return headers


def rules(headers: MutableHeaders) -> dict[str, str]:
    """The parts of the policy by their names."""
    return dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))


def test_a_page_runs_no_script_but_those_of_the_desk() -> None:
    policy = rules(told(content_type="text/html; charset=utf-8"))

    assert policy["default-src"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert {"'self'", "blob:"} < set(policy["script-src"].split())
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert not re.search(r"https?:|\*", told(content_type="text/html")["Content-Security-Policy"])


def test_the_script_in_the_page_of_streamlit_is_the_one_that_is_let_run() -> None:
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    inside = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)

    allowed = re.findall(r"'sha256-([^']+)'", rules(told(content_type="text/html"))["script-src"])

    assert allowed == [b64encode(sha256(script.encode()).digest()).decode() for script in inside]


@pytest.mark.parametrize("kind", ["application/json", "text/plain; charset=utf-8", "text/javascript", "image/svg+xml"])
def test_what_is_no_page_may_load_nothing(kind: str) -> None:
    assert rules(told(content_type=kind))["default-src"] == "'none'"
    assert "script-src" not in told(content_type=kind)["Content-Security-Policy"]


def test_an_answer_that_says_as_before_leaves_a_kept_page_its_policy() -> None:
    # A browser that is told 304 takes over the headers for the page that it kept.
    assert told()["Content-Security-Policy"] == told(content_type="text/html")["Content-Security-Policy"]


def test_an_answer_that_says_more_itself_keeps_it() -> None:
    own = policy_of("p {}") | {"Referrer-Policy": "no-referrer"}

    headers = told(content_type="text/html", **{name.replace("-", "_"): value for name, value in own.items()})

    assert {name: headers[name] for name in own} == own
    assert {name: headers[name] for name in HEADERS} == HEADERS | {"Referrer-Policy": "no-referrer"}


def test_a_form_may_say_from_where_it_is_sent() -> None:
    # Browsers send Origin: null with what a page sends that may tell nobody where it stands.
    assert FORM_HEADERS["Referrer-Policy"] == "same-origin"
    assert "form-action 'self'" in FORM_HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/media",
        "/media/0123456789abcdef.xlsx",
        "//media/x.png",
        "/component/name/index.html",
        "/app/static/file.xlsx",
        "/_stcore/metrics",
        "/_stcore/agent/interact",
        "/_stcore/agent/openapi.json",
        "/_stcore/script-health-check",
        "/_stcore/bidi-components/name/file.js",
        "/_stcore/",
        "/_stcore/healthy",
        "/below/_stcore/metrics",
        "/auth/login",
        "/auth/logout",
        "/oauth2callback",
    ],
)
def test_doors_that_nobody_needs_are_closed(path: str) -> None:
    assert not is_needed(path)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/jobs",
        "/api/jobs",
        "/healthz",
        "/metrics",
        "/static/js/index.js",
        "/static/media/font.woff2",
        "/_stcore/health",
        "/jobs/_stcore/health",
        "/_stcore/host-config",
        "/_stcore/stream",
        "/_stcore/upload_file/session/file",
        "/mediation",
    ],
)
def test_doors_that_the_pages_need_are_open(path: str) -> None:
    assert is_needed(path)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://desk:8501"},
        {"Origin": "https://DESK:8501"},
        {"Origin": "https://estimates.example.org"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_this_site_and_programs_are_no_other_site(headers: dict[str, str]) -> None:
    assert not is_asked_by_other_site(Headers({"Host": "desk:8501"} | headers), URL)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://desk"},
        {"Origin": "http://desk:8502"},
        {"Origin": "http://desk:8501.elsewhere.example"},
        {"Origin": "http://estimates.example.org"},
        {"Origin": "https://estimates.example.org/desk"},
        {"Origin": "file://"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://desk:8501"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://desk:8501"},
    ],
)
def test_other_sites_are_known_by_what_browsers_say(headers: dict[str, str]) -> None:
    assert is_asked_by_other_site(Headers({"Host": "desk:8501"} | headers), URL)


def test_without_an_address_only_the_name_that_was_asked_under_counts() -> None:
    assert is_asked_by_other_site(Headers({"Host": "desk", "Origin": "://"}))
    assert is_asked_by_other_site(Headers({"Host": "desk", "Origin": "https://estimates.example.org"}))

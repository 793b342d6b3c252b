"""The audit log by HTTP."""

from dataclasses import replace

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.people import Scope
from estimate_core.services.audit_log import AuditFilter, page_of_entries
from estimate_core.web import api
from tests.furnished import Staffed, StaffedHome, build_staffed_home, fixtures_of
from tests.web.client import Client

built, desk, here = fixtures_of(build_staffed_home)


@pytest.fixture(autouse=True)
def it(here: Staffed, monkeypatch: pytest.MonkeyPatch) -> Staffed:
    """The organisation, whose owner asks."""
    monkeypatch.setattr(api, "visitor", lambda request: here.user)
    return here


def test_the_log_is_read_page_by_page(client: Client, it: Staffed) -> None:
    query = "/api/audit?deed=created&kind=channel&limit=3"

    first = client.get(query).json()
    second = client.get(f"{query}&cursor={first['next_cursor']}").json()

    labels = [entry["label"] for page in (first, second) for entry in page["entries"]]
    assert labels == [
        "own channel of local",
        "removed channel of local",
        "paused channel of local",
        "channel of local",
    ]
    assert second["next_cursor"] is None
    assert second["entries"] == [
        {
            "at": "2026-04-01T09:30:00+00:00",
            "user": "local",
            "name": "local",
            "deed": "created",
            "kind": "channel",
            "object": it.channel,
            "label": "channel of local",
            "way": "open desk",
            "address": "",
        }
    ]


def test_the_log_is_filtered_by_person_days_and_words(client: Client, it: Staffed) -> None:
    def labels(query: str) -> list[str]:
        return [entry["label"] for entry in client.get(f"/api/audit?{query}").json()["entries"]]

    assert labels(f"person={it.estimator.id}") == [f"{it.estimator.id}@example.org"]
    assert labels("q=Token%20OF&kind=token") == ["Token of local, write"]
    assert labels("since=2026-03-31&until=2026-04-02&kind=token") == ["Token of local, write"]
    assert labels("until=2026-03-30") == labels("since=2026-04-03") == labels("q=elsewhere") == []


def test_the_file_is_for_saving_and_nobody_elses_to_keep(client: Client, desk: Desk, it: Staffed) -> None:
    answer = client.get("/api/audit.csv?kind=token")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-2026-04-01.csv"'
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.content.startswith(b"\xef\xbb\xbfTime in UTC,")
    assert answer.text.count("\r\n") == 2
    assert "Token of local" in answer.text
    assert page_of_entries(desk, it.user, AuditFilter(), 1).entries[0].deed == "downloaded"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=yesterday", "\u201csince\u201d must be a day of 1990 to 2999, like 2026-11-24."),
        ("until=2026-02-30", "must be a day"),
        ("until=20260401", "must be a day"),
        ("until=0001-01-01", "must be a day"),
        ("until=9999-12-31", "must be a day"),
        ("since=2026-W01-1", "must be a day"),
        ("kind=elephant", "\u201ckind\u201d must be"),
        ("deed=", "\u201cdeed\u201d must be"),
        ("who=local", "\u201cwho\u201d is not known here"),
        ("since=2026-04-01&since=2026-04-02", "is there twice"),
    ],
)
@pytest.mark.parametrize("path", ["/api/audit", "/api/audit.csv"])
def test_what_cannot_be_asked_is_told_and_leaves_no_line(
    client: Client, desk: Desk, it: Staffed, path: str, query: str, words: str
) -> None:
    before = page_of_entries(desk, it.user, AuditFilter(), 1)

    answer = client.get(f"{path}?{query}")

    assert answer.status_code == 400
    assert words in answer.json()["error"]
    assert page_of_entries(desk, it.user, AuditFilter(), 1) == before


@pytest.mark.parametrize("path", ["/api/audit", "/api/audit.csv"])
@pytest.mark.parametrize("who", ["estimator", "viewer", "token"])
def test_who_is_no_owner_and_every_token_is_refused(
    client: Client, it: Staffed, monkeypatch: pytest.MonkeyPatch, path: str, who: str
) -> None:
    by_token = replace(it.user, session="", token=it.token, scope=Scope.WRITE)
    monkeypatch.setattr(api, "visitor", lambda request: by_token if who == "token" else getattr(it, who))

    answer = client.get(path)

    assert answer.status_code == 403
    assert set(answer.json()) == {"error"}


def test_another_organisation_reads_its_own(
    client: Client, built: StaffedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "visitor", lambda request: built.organisations["elsewhere"].user)

    file = client.get("/api/audit.csv").text

    assert "of elsewhere" in file
    assert "of local" not in file

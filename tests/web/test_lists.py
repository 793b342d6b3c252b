"""Files, schedules, items and profiles by HTTP."""

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.people import User
from estimate_core.services import jobs, work
from estimate_core.services.cleaning import clean
from estimate_core.services.estimates import create_estimate
from estimate_core.services.profiles import save_profile
from estimate_core.services.schedules import ScheduleCard, retire_schedule
from estimate_core.services.submitting import WrittenEstimate, WrittenLine, submit_written
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF, Clock
from tests.web.client import Client

WORKER = "here/1"
NOWHERE = "The cursor leads nowhere."


def make_file(desk: Desk, user: User, schedule: ScheduleCard, name: str) -> Job:
    written = WrittenEstimate(schedule.id, (WrittenLine(FAN.name, "2"),), name)
    job = submit_written(desk, user, written, JobType.ESTIMATE)
    work.run_next(desk, WORKER)
    return job


def test_files_are_listed_page_by_page_newest_first(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard, clock: Clock
) -> None:
    for name in ("one", "two", "three"):
        clock.move(1)
        make_file(desk, user, schedule, name)

    first = client.get("/api/outputs?limit=2").json()
    second = client.get(f"/api/outputs?limit=2&cursor={first['next_cursor']}").json()

    assert [file["filename"] for page in (first, second) for file in page["outputs"]] == [
        "Estimate - three.xlsx",
        "Estimate - two.xlsx",
        "Estimate - one.xlsx",
    ]
    assert second["next_cursor"] is None


def test_a_file_is_told_with_its_job_and_downloads(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    job = make_file(desk, user, schedule, "one")
    [output] = jobs.list_outputs(desk, user, job.id)
    client.get(f"/api/outputs/{output.id}/download")

    [told] = client.get("/api/outputs").json()["outputs"]

    assert told == {
        "id": output.id,
        "filename": "Estimate - one.xlsx",
        "file_type": "xlsx",
        "size": output.size,
        "download_url": f"/api/outputs/{output.id}/download",
        "job_id": job.id,
        "downloads": 1,
        "created_at": "2026-04-01T09:30:00+00:00",
        "removed_at": None,
    }


def test_a_part_of_a_file_can_be_asked_for(client: Client, desk: Desk, user: User, schedule: ScheduleCard) -> None:
    [output] = jobs.list_outputs(desk, user, make_file(desk, user, schedule, "one").id)
    url = f"/api/outputs/{output.id}/download"

    part, beyond = client.get(url, {"Range": "bytes=0-3"}), client.get(url, {"Range": "bytes=9999999-"})

    assert (part.status_code, part.content) == (206, client.get(url).content[:4])
    assert part.headers["content-range"] == f"bytes 0-3/{output.size}"
    assert beyond.status_code == 416


def test_schedules_are_listed_but_for_retired_ones(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    [told] = client.get("/api/schedules").json()["schedules"]
    retire_schedule(desk, user, schedule.id)
    after = client.get("/api/schedules").json()

    assert told == {
        "id": schedule.id,
        "title": "Electrical 2025-26",
        "category": "Electrical",
        "edition": "2025-26",
        "filename": "small.xlsx",
        "items": 3,
        "groups": 3,
        "errors": schedule.errors,
        "warnings": 0,
        "notes": 0,
        "is_sample": False,
        "created_at": "2026-04-01T09:30:00+00:00",
        "items_url": f"/api/schedules/{schedule.id}/items",
    }
    assert after == {"schedules": []}


def test_items_that_can_be_picked_are_listed_page_by_page(client: Client, schedule: ScheduleCard) -> None:
    url = f"/api/schedules/{schedule.id}/items?limit=2"

    first = client.get(url).json()
    second = client.get(f"{url}&cursor={first['next_cursor']}").json()

    assert [item["name"] for page in (first, second) for item in page["items"]] == [
        LIGHT_POINT.name,
        FAN.name,
        CABLE.name,
    ]
    assert second["next_cursor"] is None
    assert first["items"][0] == {
        "row": ROW_OF[LIGHT_POINT.name],
        "name": "Light point",
        "code": "T-1",
        "specification": "Supplying and fixing of Light point, complete for finished item of work.",
        "group": "Points",
        "unit": "Pts",
        "prefix": "Re-wiring of",
        "rate": "500",
    }


def test_items_are_searched_by_words_and_group(client: Client, schedule: ScheduleCard) -> None:
    def found(query: str) -> list[str]:
        return [item["name"] for item in client.get(f"/api/schedules/{schedule.id}/items?{query}").json()["items"]]

    assert found("q=FAN%20ceiling") == found("group=Fans") == found("q=t-2") == [FAN.name]
    assert found("q=chandelier") == found("q=fan&group=Points") == found("group=fans") == []
    assert found("q=") == [LIGHT_POINT.name, FAN.name, CABLE.name]


@pytest.mark.parametrize(
    "path",
    ["outputs?cursor=x", "schedules/{schedule}/items?cursor=19", "schedules/{schedule}/items?cursor=x"],
)
def test_a_cursor_that_leads_nowhere_is_told(client: Client, schedule: ScheduleCard, path: str) -> None:
    answer = client.get(f"/api/{path.format(schedule=schedule.id)}")

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(NOWHERE)


def test_profiles_are_listed_with_the_rows_that_take_values(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    save_profile(desk, user, create_estimate(desk, user, schedule.id).id, "Ours")

    told = client.get("/api/profiles").json()["profiles"]

    assert [profile["name"] for profile in told] == ["Standard", "GST and QC on items", "Contingency 3 %", "Ours"]
    assert told[2]["rows"][0] == {
        "key": "contingency",
        "label": "Add Contingencies @ {p} %",
        "kind": "percent",
        "value": "3",
        "on": True,
    }


def test_a_stranger_finds_nothing_of_others(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard, request: pytest.FixtureRequest
) -> None:
    job = make_file(desk, user, schedule, "one")
    save_profile(desk, user, create_estimate(desk, user, schedule.id).id, "Ours")
    [output] = jobs.list_outputs(desk, user, job.id)
    request.getfixturevalue("as_stranger")

    items = client.get(f"/api/schedules/{schedule.id}/items")

    assert client.get("/api/outputs").json() == {"outputs": [], "next_cursor": None}
    assert client.get(f"/api/outputs?cursor={output.id}").status_code == 400
    assert client.get("/api/schedules").json() == {"schedules": []}
    assert len(client.get("/api/profiles").json()["profiles"]) == 3
    assert items.status_code == 404
    assert items.json() == client.get("/api/schedules/absent/items").json()


def test_a_range_that_cannot_be_had_is_told_in_a_sentence(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    [output] = jobs.list_outputs(desk, user, make_file(desk, user, schedule, "one").id)
    url = f"/api/outputs/{output.id}/download"

    beyond, unread = client.get(url, {"Range": "bytes=9999999-"}), client.get(url, {"Range": "bytes=x"})

    assert (beyond.status_code, unread.status_code) == (416, 400)
    assert beyond.json() == {"error": "The file has no such part. Leave the header Range out to have the whole file."}
    assert beyond.headers["content-range"] == f"bytes */{output.size}"
    assert unread.json()["error"].startswith("The header Range cannot be read.")


def test_parts_of_a_file_can_be_asked_for_at_once(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    [output] = jobs.list_outputs(desk, user, make_file(desk, user, schedule, "one").id)

    answer = client.get(f"/api/outputs/{output.id}/download", {"Range": "bytes=0-1,4-5"})

    assert answer.status_code == 206
    assert answer.headers["content-type"].startswith("multipart/byteranges")


def test_a_file_that_was_deleted_by_its_age_is_listed_with_that_time(
    client: Client, desk: Desk, user: User, schedule: ScheduleCard, clock: Clock
) -> None:
    make_file(desk, user, schedule, "one")
    clock.move(400 * 86_400)
    clean(desk, user)

    [told] = client.get("/api/outputs").json()["outputs"]
    gone = client.get(told["download_url"])

    assert told["removed_at"] == clock().isoformat()
    assert gone.status_code == 404
    assert "Make it again" in gone.json()["error"]

"""Files in a store that speaks S3, held against moto's server on this machine."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest

from estimate_core.desk import Desk, open_desk
from estimate_core.domain.errors import BadInput, NoFile, NotFound, OutOfOrder
from estimate_core.domain.job import JobType, Status
from estimate_core.domain.people import User
from estimate_core.services import downloads, estimates, jobs, work
from estimate_core.services.backup import back_up
from estimate_core.services.downloads import FileState
from estimate_core.services.leaving import delete_organisation
from estimate_core.services.restoring import restore_backup
from estimate_core.services.schedules import upload_schedule
from estimate_core.settings import Settings
from estimate_core.storage import objects
from estimate_core.storage.database import writing
from estimate_core.storage.files import Label
from estimate_core.storage.objects import Objects, open_objects
from estimate_core.storage.people import ensure_person
from tests.conftest import FAN, ROW_OF, Clock, workbook_of
from tests.web.client import Client

moto = pytest.importorskip("moto.server")
BUCKET = "s3://office/estimates"
LABEL = Label("Estimate - \u0c35\u0c48\u0c30\u0c3f\u0c02\u0c17\u0c4d.xlsx", "application/x-workbook")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a store that has the bucket `office`."""
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    httpx.put(f"http://{host}:{port}/office", trust_env=False).raise_for_status()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, server: str) -> Iterator[None]:
    """Who asks, and where."""
    variables = {
        "AWS_ENDPOINT_URL": server,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    objects._store.cache_clear()
    yield
    objects._store.cache_clear()


def write(stream: BinaryIO) -> None:
    stream.write(b"words")


def test_what_was_published_is_read_until_it_is_deleted() -> None:
    store = open_objects(BUCKET)

    published = store.publish("local/outputs/1", write, LABEL)
    with store.open("local/outputs/1") as stream:
        read = stream.read()
    for _ in range(2):
        store.delete("local/outputs/1")

    assert (published.size, read) == (5, b"words")
    assert published.sha256 == sha256(b"words").hexdigest()
    with pytest.raises(NotFound, match="no longer there"):
        store.open("local/outputs/1")


def test_a_link_gives_the_file_under_its_name_and_expires() -> None:
    store = open_objects(BUCKET)
    store.publish("local/outputs/2", write, LABEL)

    link = httpx.URL(store.reach("local/outputs/2"))
    answer = httpx.get(link, trust_env=False)

    assert answer.content == b"words"
    assert answer.headers["content-type"] == LABEL.media_type
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Estimate%20-%20%E0%B0%B5")
    assert int(link.params["X-Amz-Expires"]) == timedelta(minutes=5).total_seconds()
    assert link.path == "/office/estimates/local/outputs/2"
    assert "secret" not in str(link)


def test_a_write_that_fails_publishes_nothing() -> None:
    def fail(stream: BinaryIO) -> None:
        stream.write(b"half of it")
        raise RuntimeError("fault")

    store = open_objects(BUCKET)

    with pytest.raises(RuntimeError):
        store.publish("local/outputs/3", fail)

    with pytest.raises(NotFound):
        store.open("local/outputs/3")


@pytest.mark.parametrize("url", ["s3://", "s3:///folder", "http://office/x", "office", "s3:office", "gs://office"])
def test_an_address_of_no_store_is_refused_at_the_start(url: str, tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(BadInput, match="ESTIMATE_FILES_URL is"):
        open_desk(Settings(home=tmp_path, files_url=url), print, clock)


def test_a_bucket_that_is_not_there_is_told() -> None:
    store = Objects("s3://elsewhere/x")

    for attempt in (lambda: store.publish("local/outputs/1", write), lambda: store.open("local/outputs/1")):
        with pytest.raises(OutOfOrder, match="it has no such bucket"):
            attempt()


def test_a_store_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free.getsockname()[1]}")

    with pytest.raises(OutOfOrder, match="it does not answer"):
        open_objects(BUCKET).publish("local/outputs/1", write)


@pytest.mark.parametrize("file_id", ["../secrets", "local/../../x"])
def test_a_path_that_leads_out_is_no_file_id(file_id: str) -> None:
    with pytest.raises(ValueError, match="path"):
        open_objects(BUCKET).publish(file_id, write)


@pytest.fixture
def elsewhere(tmp_path: Path, clock: Clock, rung: list[str], user: User, stranger: User) -> Desk:
    """A desk that keeps what jobs make in the store."""
    desk = open_desk(Settings(home=tmp_path / "home", files_url=BUCKET), rung.append, clock)
    with desk.open_db() as db, writing(db):
        for person in (user, stranger):
            ensure_person(db, person)
    return desk


def test_a_jobs_file_goes_to_the_store_and_is_downloaded_from_there(elsewhere: Desk, user: User) -> None:
    card = upload_schedule(elsewhere, user, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    opened = estimates.create_estimate(elsewhere, user, card.id, "Hall")
    estimates.add_item(elsewhere, user, opened.id, ROW_OF[FAN.name])
    job = jobs.submit_job(elsewhere, user, opened.id, JobType.OUTPUT)
    work.run_next(elsewhere, "here/1")
    [output] = jobs.list_outputs(elsewhere, user, job.id)

    answer = Client(lambda: elsewhere).get(f"/api/outputs/{output.id}/download")
    file = httpx.get(answer.headers["location"], trust_env=False)

    assert jobs.get_job(elsewhere, user, job.id).status is Status.COMPLETED
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "private, no-store")
    assert len(file.content) == output.size
    assert file.content.startswith(b"PK")
    assert "Estimate%20%2B%20Datas%20-%20Hall.xlsx" in file.headers["content-disposition"]
    assert not list(elsewhere.files.folder.glob("*/outputs/*"))
    assert jobs.list_outputs(elsewhere, user, job.id)[0].downloads == 1


def test_a_damaged_object_is_not_handed_out(elsewhere: Desk, user: User, stranger: User) -> None:
    card = upload_schedule(elsewhere, user, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    opened = estimates.create_estimate(elsewhere, user, card.id, "Hall")
    estimates.add_item(elsewhere, user, opened.id, ROW_OF[FAN.name])
    job = jobs.submit_job(elsewhere, user, opened.id, JobType.ESTIMATE)
    work.run_next(elsewhere, "here/1")
    [output] = jobs.list_outputs(elsewhere, user, job.id)
    elsewhere.outputs.publish(f"local/outputs/{output.id}", write)

    with pytest.raises(NoFile, match="changed or damaged"):
        downloads.open_output(elsewhere, user, output.id)
    with pytest.raises(NotFound):
        downloads.open_output(elsewhere, stranger, output.id)

    assert [made.state for made in downloads.list_files(elsewhere, user, job.id)] == [FileState.DAMAGED]


def test_what_is_in_the_store_is_backed_up_and_restored_to_another(
    elsewhere: Desk, user: User, tmp_path: Path, clock: Clock
) -> None:
    card = upload_schedule(elsewhere, user, "small.xlsx", workbook_of(), "Electrical", "2025-26")
    opened = estimates.create_estimate(elsewhere, user, card.id, "Hall")
    estimates.add_item(elsewhere, user, opened.id, ROW_OF[FAN.name])
    job = jobs.submit_job(elsewhere, user, opened.id, JobType.ESTIMATE)
    work.run_next(elsewhere, "here/1")

    made = back_up(elsewhere, tmp_path / "backup.zip")
    settings = Settings(home=tmp_path / "restored", files_url="s3://office/restored")
    restore_backup(settings, made.path, clock)
    restore_backup(Settings(home=tmp_path / "here"), made.path, clock)

    assert made.manifest.is_whole
    again = open_desk(settings, print, clock)
    [file] = downloads.list_files(again, user, job.id)
    served = httpx.get(str(again.outputs.reach(f"local/outputs/{file.output.id}")), trust_env=False)
    assert file.state is FileState.WHOLE
    assert "Hall.xlsx" in served.headers["content-disposition"]
    assert not list(again.files.folder.glob("*/outputs/*"))
    without_store = open_desk(Settings(home=tmp_path / "here"), print, clock)
    assert [each.state for each in downloads.list_files(without_store, user, job.id)] == [FileState.WHOLE]


def test_an_organisation_that_leaves_leaves_nothing_in_the_store(elsewhere: Desk, user: User, stranger: User) -> None:
    ids = {}
    for person in (user, stranger):
        card = upload_schedule(elsewhere, person, "small.xlsx", workbook_of(), "Electrical", "2025-26")
        opened = estimates.create_estimate(elsewhere, person, card.id, "Hall")
        estimates.add_item(elsewhere, person, opened.id, ROW_OF[FAN.name])
        job = jobs.submit_job(elsewhere, person, opened.id, JobType.ESTIMATE)
        work.run_next(elsewhere, "here/1")
        [output] = jobs.list_outputs(elsewhere, person, job.id)
        ids[person.organisation] = f"{person.organisation}/outputs/{output.id}"

    delete_organisation(elsewhere, user.organisation)

    with pytest.raises(NotFound):
        elsewhere.outputs.open(ids[user.organisation])
    with elsewhere.outputs.open(ids[stranger.organisation]) as stream:
        assert stream.read(2) == b"PK"

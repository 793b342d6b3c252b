"""Telling of a job's end: the outbox that is written with the end, and how it is emptied."""

import hashlib
import hmac
import json
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from estimate_core.desk import Desk
from estimate_core.domain.job import Job, JobType
from estimate_core.domain.notice import TOLD, TRIES, Answer, Delivery, Event, State, Way
from estimate_core.domain.people import Account, Role, User
from estimate_core.posting.postman import Postman
from estimate_core.services import channels, ending, estimates, jobs, making, notifying, work
from estimate_core.services.channels import NewChannel
from estimate_core.services.schedules import ScheduleCard
from estimate_core.storage import accounts, deliveries
from estimate_core.storage.database import rows, writing
from tests.conftest import FAN, ROW_OF, Clock
from tests.pigeon import Pigeon
from tests.receiver import Receiver, receiving

WORKER = "here/1"


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
def desk(desk: Desk, pigeon: Pigeon) -> Desk:
    """The desk, whose letters a pigeon takes."""
    return replace(desk, post=pigeon)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as listening:
        yield listening


@pytest.fixture
def job(desk: Desk, user: User, schedule: ScheduleCard) -> Job:
    """A queued job of `user`: two fans, 2,501.00 before charges."""
    opened = estimates.create_estimate(desk, user, schedule.id, "Wiring of @everyone")
    _, line = estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    estimates.set_quantity(desk, user, opened.id, line, "2")
    return jobs.submit_job(desk, user, opened.id, JobType.ESTIMATE)


def add(desk: Desk, user: User, for_all: bool = True, events: tuple[Event, ...] = TOLD, address: str = "x") -> str:
    """A webhook's id."""
    return channels.add_channel(desk, user, NewChannel(Way.WEBHOOK, "Office", address, events, for_all))[0].id


def log_of(desk: Desk, user: User, channel_id: str) -> list[Delivery]:
    return channels.list_deliveries(desk, user, channel_id)


def break_pour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "pour", lambda *_: 1 / 0)


def test_a_completed_job_is_told(desk: Desk, user: User, job: Job, pigeon: Pigeon) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)
    assert [told.state for told in log_of(desk, user, channel_id)] == [State.WAITING]

    notifying.deliver_due(desk)

    [letter], [told] = pigeon.letters, log_of(desk, user, channel_id)
    output = jobs.list_outputs(desk, user, job.id)[0]
    assert (told.state, told.tries, told.answer, told.work_name) == (State.SENT, 1, "Sent.", "Wiring of @everyone")
    assert letter.subject == "Ready: Estimate, Wiring of @\u2060everyone"
    assert letter.text.splitlines()[1] == "Estimate, 1 line, by local"
    assert letter.text.splitlines()[2].startswith("Grand total 3,")
    assert letter.text.splitlines()[3].replace("\u2060", "") == output.filename
    assert len(letter.text.splitlines()) == 4


def test_what_a_webhook_is_sent(desk: Desk, user: User, job: Job, pigeon: Pigeon) -> None:
    public = replace(desk, settings=desk.settings.model_copy(update={"url": "https://estimates.example.org"}))
    channel_id = add(public, user)
    work.run_next(public, WORKER)

    notifying.deliver_due(public)

    [letter], [told] = pigeon.letters, log_of(desk, user, channel_id)
    sent, output = json.loads(letter.body), jobs.list_outputs(desk, user, job.id)[0]
    link = f"https://estimates.example.org/api/outputs/{output.id}/download"
    assert (sent["event"], sent["delivery"], sent["organisation"]) == ("job.completed", told.id, "local")
    assert sent["created"].endswith("+00:00")
    assert (sent["job"]["id"], sent["job"]["type"], sent["job"]["status"]) == (
        job.id,
        "generate_estimate_excel",
        "completed",
    )
    assert (sent["job"]["work_name"], sent["job"]["download_url"]) == ("Wiring of @everyone", link)
    assert sent["job"]["outputs"][0]["download_url"] == link
    assert sent["error_message"] == ""
    assert letter.text.endswith("https://estimates.example.org/jobs")


def test_a_failed_job_is_told_with_its_sentence(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk, user)
    break_pour(monkeypatch)
    for _ in range(3):
        work.run_next(desk, WORKER)
        clock.move(60)

    notifying.deliver_due(desk)

    [letter] = pigeon.letters
    assert letter.subject == "Failed: Estimate, Wiring of @\u2060everyone"
    assert "could not be made because of a fault" in letter.text
    assert "could not be made" in json.loads(letter.body)["error_message"]
    assert json.loads(letter.body)["job"]["download_url"] is None


@pytest.mark.parametrize("way", ["taken out", "disabled"])
def test_who_has_no_way_in_any_more_is_told_nothing(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock, way: str
) -> None:
    add(desk, user, for_all=False)
    of_all = add(desk, user)
    account = Account(str(uuid4()), "asha@example.org", "Asha", False, False, None, clock())
    with desk.open_db() as db, writing(db):
        accounts.insert_account(db, account, None)
        accounts.put_member(db, user.id, account, user.organisation, Role.OWNER)
        if way == "taken out":
            accounts.remove_member(db, user.organisation, user.id, clock())
        else:
            accounts.set_disabled(db, account.id, clock())

    work.run_next(desk, WORKER)
    notifying.deliver_due(desk)

    with desk.open_db() as db:
        assert [row["channel"] for row in rows(db, "SELECT channel FROM deliveries")] == [of_all]
    assert len(pigeon.letters) == 1


def test_only_the_events_that_were_chosen_are_told(desk: Desk, user: User, job: Job, pigeon: Pigeon) -> None:
    add(desk, user, events=(Event.FAILED,))
    work.run_next(desk, WORKER)

    notifying.deliver_due(desk)

    assert pigeon.letters == []


def test_a_cancelled_job_is_not_told(desk: Desk, user: User, job: Job, pigeon: Pigeon) -> None:
    add(desk, user)
    jobs.cancel_job(desk, user, job.id)
    work.run_next(desk, WORKER)

    notifying.deliver_due(desk)

    assert pigeon.letters == []


def test_a_person_is_told_of_their_own_jobs_only(
    desk: Desk, user: User, colleague: User, stranger: User, job: Job, pigeon: Pigeon
) -> None:
    own, all_of_them = add(desk, user, for_all=False), add(desk, colleague)
    others = add(desk, colleague, for_all=False)
    foreign = add(desk, stranger)
    work.run_next(desk, WORKER)

    notifying.deliver_due(desk)

    assert len(pigeon.letters) == 2
    assert (len(log_of(desk, user, own)), len(log_of(desk, user, all_of_them))) == (1, 1)
    assert (log_of(desk, colleague, others), log_of(desk, stranger, foreign)) == ([], [])


def test_what_is_rolled_back_is_not_told(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_id = add(desk, user)
    tell = notifying.tell

    def broken(*told: object) -> None:
        tell(*told)  # type: ignore[arg-type]
        raise sqlite3.OperationalError("disk full")

    monkeypatch.setattr(ending, "tell", broken)

    work.run_next(desk, WORKER)

    assert log_of(desk, user, channel_id) == []
    assert jobs.list_outputs(desk, user, job.id) == []


def test_a_receiver_that_fails_twice_gets_the_same_delivery_three_times(
    desk: Desk, user: User, job: Job, clock: Clock, receiver: Receiver
) -> None:
    posting = replace(desk, post=Postman(private=True, seconds=5))
    new = NewChannel(Way.WEBHOOK, "Office", receiver.url, TOLD, True)
    channel, secret = channels.add_channel(posting, user, new)
    receiver.answers = [(500, {}, b"later"), (503, {}, b""), (200, {}, b"thanks")]
    work.run_next(posting, WORKER)

    waits = []
    for _ in range(3):
        notifying.deliver_due(posting)
        notifying.deliver_due(posting)  # nothing is due: it rests
        told = log_of(desk, user, channel.id)[0]
        waits.append(told.next_try - clock() if told.next_try else None)
        clock.move(60)

    assert waits == [timedelta(seconds=10), timedelta(minutes=1), None]
    assert (told.state, told.tries, told.answer) == (State.SENT, 3, "200 OK: thanks")
    assert [request.headers["x-estimate-delivery"] for request in receiver.requests] == [told.id] * 3
    for request in receiver.requests:
        time, _, sign = request.headers["x-estimate-signature"].removeprefix("t=").partition(",v1=")
        expected = hmac.new(secret.encode(), f"{time}.".encode() + request.body, hashlib.sha256).hexdigest()
        assert sign == expected


def test_after_its_last_try_a_delivery_has_failed(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock
) -> None:
    channel_id = add(desk, user)
    pigeon.answer = Answer(False, "500 Internal Server Error")
    work.run_next(desk, WORKER)

    for _ in range(TRIES + 2):
        notifying.deliver_due(desk)
        clock.move(3600)

    [told] = log_of(desk, user, channel_id)
    assert (told.state, told.tries, told.answer) == (State.FAILED, TRIES, "500 Internal Server Error")
    assert len({letter.delivery for letter in pigeon.letters}) == 1
    assert len(pigeon.letters) == TRIES


def test_a_process_that_dies_while_it_sends_leaves_the_delivery_to_another(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock
) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)
    assert notifying._take_next(desk)

    notifying.deliver_due(desk)
    assert pigeon.letters == []
    clock.move(notifying.LEASE.total_seconds())
    notifying.deliver_due(desk)

    assert [told.tries for told in log_of(desk, user, channel_id)] == [2]
    assert len(pigeon.letters) == 1


def test_a_delivery_whose_senders_all_died_is_given_up_unsent(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock
) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)
    for _ in range(TRIES):
        assert notifying._take_next(desk)
        clock.move(notifying.LEASE.total_seconds())

    notifying.deliver_due(desk)

    [told] = log_of(desk, user, channel_id)
    assert (told.state, pigeon.letters) == (State.FAILED, [])
    assert "stopped each time" in told.answer


def test_of_two_that_want_the_same_delivery_one_gets_it(desk: Desk, user: User, job: Job, clock: Clock) -> None:
    add(desk, user)
    work.run_next(desk, WORKER)
    with desk.open_db() as db:
        seen = deliveries.find_due(db, clock(), clock() + timedelta(hours=2))
        assert seen

        first = deliveries.take(db, seen, clock() + timedelta(minutes=2))
        second = deliveries.take(db, seen, clock() + timedelta(minutes=2))

    assert first
    assert second is None


def test_a_channel_that_does_not_answer_rests_as_a_whole(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock
) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)
    jobs.submit_job(desk, user, job.estimate, JobType.ESTIMATE)
    work.run_next(desk, WORKER)
    pigeon.answer = Answer(False, "No answer within 10 seconds.")

    notifying.deliver_due(desk)
    assert len(pigeon.letters) == 1
    pigeon.answer = Answer(True, "Sent.")
    clock.move(10)
    notifying.deliver_due(desk)

    assert [told.state for told in log_of(desk, user, channel_id)] == [State.SENT, State.SENT]


def test_a_clock_that_was_set_back_holds_nothing_up(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock
) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)
    clock.move(24 * 3600)
    pigeon.answer = Answer(False, "No.")
    notifying.deliver_due(desk)
    pigeon.answer = Answer(True, "Sent.")

    clock.move(-24 * 3600)
    notifying.deliver_due(desk)

    assert [told.state for told in log_of(desk, user, channel_id)] == [State.SENT]


def test_a_round_ends_when_its_process_does(desk: Desk, user: User, job: Job, pigeon: Pigeon) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)

    notifying.deliver_due(desk, lambda: True)

    assert [(told.state, told.tries) for told in log_of(desk, user, channel_id)] == [(State.WAITING, 0)]


def test_what_waits_too_long_is_given_up(desk: Desk, user: User, job: Job, pigeon: Pigeon, clock: Clock) -> None:
    channel_id = add(desk, user)
    work.run_next(desk, WORKER)
    clock.move(25 * 3600)

    notifying.tidy_deliveries(desk)
    notifying.deliver_due(desk)

    [told] = log_of(desk, user, channel_id)
    assert (told.state, pigeon.letters) == (State.FAILED, [])


def test_a_log_keeps_the_newest_of_the_last_month(
    desk: Desk, user: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifying, "KEEP", 2)
    busy, quiet = add(desk, user), add(desk, user)
    channels.try_channel(desk, user, quiet)
    clock.move(20 * 24 * 3600)
    for _ in range(3):
        channels.try_channel(desk, user, busy)
        clock.move(1)

    notifying.tidy_deliveries(desk)
    assert (len(log_of(desk, user, busy)), len(log_of(desk, user, quiet))) == (2, 1)
    clock.move(11 * 24 * 3600)
    notifying.tidy_deliveries(desk)

    assert (len(log_of(desk, user, busy)), len(log_of(desk, user, quiet))) == (2, 0)


def test_secrets_and_addresses_are_not_logged(
    desk: Desk, user: User, job: Job, pigeon: Pigeon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _, secret = channels.add_channel(desk, user, NewChannel(Way.WEBHOOK, "Office", "https://t0k3n", TOLD, True))
    pigeon.answer = Answer(False, "No.")
    work.run_next(desk, WORKER)

    notifying.deliver_due(desk)

    assert "was not taken" in caplog.text
    assert "t0k3n" not in caplog.text
    assert secret not in caplog.text

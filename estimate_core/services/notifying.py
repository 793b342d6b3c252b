"""Telling that a job ended: an outbox, written with the job's end and emptied by the worker.

A notice is written in the transaction that ends the job, so there is one exactly where the end is. It is sent
afterwards, at least once: a receiver that cares tells doubles by the delivery's id.
"""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from estimate_core.desk import Desk
from estimate_core.domain.job import Job, Output
from estimate_core.domain.notice import (
    TRIES,
    Answer,
    Event,
    Letter,
    Notice,
    NoticeFile,
    State,
    rest_after,
    subject_of,
    text_of,
)
from estimate_core.storage import channels, deliveries, jobs, outputs, people
from estimate_core.storage.database import Database, time_text, writing
from estimate_core.storage.deliveries import Taken

_log = logging.getLogger(__name__)

MOST = 20
"""Deliveries that are tried in one round."""
LEASE = timedelta(minutes=2)
"""How long a delivery is one process's; far longer than sending takes, so that only a death lets it go."""
KEEP, KEEP_FOR = 200, timedelta(days=30)
"""Deliveries of a channel that are kept as its log."""
GIVE_UP_AFTER = timedelta(days=1)
REMOVED_FOR = timedelta(hours=1)
"""How long a removed channel can be put back."""
_NOT_SOON = timedelta(hours=2)
_TOO_OLD = "It could not be sent for a day, so it was given up."
_DIED = "The program stopped each time while this was being sent."


def tell(db: Database, job_id: str, event: Event, now: datetime) -> None:
    """Have the end of a job told to whom it concerns; call it in the transaction that ends the job."""
    job, _ = jobs.get_work(db, job_id)
    told = channels.find_told(db, job.organisation, job.user, event)
    if not told:
        return
    by = people.find_name(db, job.organisation, job.user) or job.user
    notice = _notice(job, event, by, outputs.list_outputs(db, job.organisation, job.id), now)
    for channel_id in told:
        deliveries.insert_delivery(db, str(uuid4()), channel_id, notice)


def _notice(job: Job, event: Event, by: str, files: list[Output], now: datetime) -> Notice:
    total = job.result.get("grand_total")
    return Notice(
        event=event,
        organisation=job.organisation,
        created=now,
        job=job.id,
        type=job.type,
        work_name=job.work_name,
        by=by,
        lines=job.lines,
        grand_total=Decimal(str(total)) if total is not None else None,
        error_message=job.error_message,
        files=tuple(
            NoticeFile(file.id, file.filename, file.file_type, file.size, f"/api/outputs/{file.id}/download")
            for file in files
        ),
    )


def deliver_due(desk: Desk, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Send what is due, one after the other and at most `MOST`; before each, `is_stopping` is asked."""
    for _ in range(MOST):
        taken = None if is_stopping() else _take_next(desk)
        if taken is None:
            return
        send(desk, taken)


def _take_next(desk: Desk) -> Taken | None:
    with desk.open_db() as db:
        seen = deliveries.find_due(db, desk.now(), desk.now() + _NOT_SOON)
        if seen is None:
            return None
        with writing(db):
            return deliveries.take(db, seen, desk.now() + LEASE)


def send(desk: Desk, taken: Taken, retry: bool = True) -> Answer:
    """Send a delivery that was taken, write down what was answered, and give it."""
    with desk.open_db() as db:
        target, notice = channels.get_target(db, taken.channel), deliveries.get_notice(db, taken.id)
    letter = Letter(
        delivery=taken.id,
        way=target.way,
        event=notice.event,
        at=desk.now(),
        subject=subject_of(notice),
        text=text_of(notice, desk.settings.url),
        body=webhook_body(notice, taken.id, desk.settings.url),
        address=target.address,
        secret=target.secret,
    )
    # Those that stopped in the middle of each try may be what stops it, so it is not sent once more.
    answer = desk.post.send(letter) if taken.tries <= TRIES else Answer(False, _DIED)
    _write_down(desk, taken, answer, rest_after(min(taken.tries, TRIES)) if retry else None)
    return answer


def _write_down(desk: Desk, taken: Taken, answer: Answer, rest: timedelta | None) -> None:
    now = desk.now()
    with desk.open_db() as db, writing(db):
        if answer.sent or rest is None:
            deliveries.end(db, taken, State.SENT if answer.sent else State.FAILED, answer.words, now)
        else:
            deliveries.rest(db, taken, answer.words, now + rest)
    if not answer.sent:
        _log.warning("delivery %s: try %d of %d was not taken", taken.id, taken.tries, TRIES)


def tidy_deliveries(desk: Desk) -> None:
    """Give up what waits too long, shorten the logs, and delete channels that nobody put back."""
    now = desk.now()
    with desk.open_db() as db, writing(db):
        deliveries.fail_old(db, now - GIVE_UP_AFTER, _TOO_OLD, now)
        deliveries.trim(db, now - KEEP_FOR, KEEP)
        channels.delete_removed(db, now - REMOVED_FOR)


def webhook_body(notice: Notice, delivery_id: str, url: str) -> str:
    """What a webhook is sent (JSON); links begin with `url`, or with a slash where that is not set."""
    return json.dumps(
        {
            "event": notice.event.value,
            "delivery": delivery_id,
            "created": time_text(notice.created),
            "organisation": notice.organisation,
            "job": _job_state(notice, url) if notice.job else None,
            "error_message": notice.error_message,
        },
        ensure_ascii=False,
    )


def _job_state(notice: Notice, url: str) -> dict[str, object]:
    return {
        "id": notice.job,
        "type": notice.type,
        "status": notice.status,
        "work_name": notice.work_name,
        "by": notice.by,
        "lines": notice.lines,
        "grand_total": None if notice.grand_total is None else str(notice.grand_total),
        "download_url": f"{url}{notice.files[0].path}" if notice.files else None,
        "outputs": [
            {
                "id": file.id,
                "filename": file.filename,
                "file_type": file.file_type,
                "size": file.size,
                "download_url": f"{url}{file.path}",
            }
            for file in notice.files
        ],
    }

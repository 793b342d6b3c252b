"""Notices: their words, and how long they are tried."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from estimate_core.domain.job import JobType
from estimate_core.domain.notice import TRIES, Event, Notice, NoticeFile, rest_after, subject_of, text_of

FILE = NoticeFile("1", "Estimate - Hall.xlsx", "xlsx", 23_456, "/api/outputs/1/download")
DONE = Notice(
    Event.COMPLETED,
    "local",
    datetime(2026, 4, 1, 9, 30, tzinfo=UTC),
    job="2",
    type=JobType.OUTPUT,
    work_name="Wiring of the hall",
    by="Asha",
    lines=12,
    grand_total=Decimal("412859"),
    files=(FILE,),
)


def changed(**to: object) -> Notice:
    return Notice(**{**vars(DONE), **to})  # type: ignore[arg-type]


def test_what_a_completed_job_says() -> None:
    assert subject_of(DONE) == "Ready: Estimate + Datas, Wiring of the hall"
    assert text_of(DONE, "https://example.org") == (
        "Wiring of the hall\nEstimate + Datas, 12 lines, by Asha\nGrand total 4,12,859.00\nEstimate - Hall.xlsx\n"
        "https://example.org/jobs"
    )
    assert DONE.status == "completed"


def test_what_a_failed_job_says() -> None:
    failed = changed(
        event=Event.FAILED, type=JobType.READ, lines=0, grand_total=None, files=(), error_message="No sheet."
    )

    assert subject_of(failed) == "Failed: Schedule read, Wiring of the hall"
    assert text_of(failed, "") == "Wiring of the hall\nSchedule read, by Asha\nNo sheet."


def test_a_work_without_a_name_is_told_too() -> None:
    assert subject_of(changed(work_name="")).startswith("Ready: Estimate + Datas, ")
    assert text_of(changed(work_name="", lines=1), "").splitlines()[1] == "Estimate + Datas, 1 line, by Asha"


@pytest.mark.parametrize("call", ["@everyone", "@here", "<!channel>", "<@U123>"])
def test_no_name_calls_a_whole_room(call: str) -> None:
    notice = changed(work_name=f"Hall {call}", error_message=call, by=call)

    assert call not in subject_of(notice)
    assert call not in text_of(notice, "")


def test_a_name_cannot_begin_a_line_of_its_own() -> None:
    notice = changed(work_name="Hall\r\nBcc: all@example.org\u2028x")

    assert "\n" not in subject_of(notice)
    assert len(text_of(notice, "").splitlines()) == 4


def test_each_try_rests_longer_until_the_last() -> None:
    rests = [rest_after(tries) for tries in range(1, TRIES + 1)]

    assert rests[-1] is None
    assert [rest for rest in rests if rest] == sorted({rest for rest in rests if rest})
    assert rests[0] == timedelta(seconds=10)

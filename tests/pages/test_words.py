"""How the pages say times, sizes and durations, and keep people's text plain."""

from datetime import UTC, datetime, timedelta

import pytest

from pages import words


@pytest.mark.parametrize(
    ("number", "told"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (113, "113th")],
)
def test_numbers_tell_an_order(number: int, told: str) -> None:
    assert words.ordinal(number) == told


@pytest.mark.parametrize("text", ["*a*", "$x$", "`a`", "<b>", "[a](b)", "#", "|", "~~a~~", "1."])
def test_markdown_is_escaped(text: str) -> None:
    escaped = words.escaped(text)

    assert escaped.replace("\\", "") == text
    assert all(escaped[at - 1] == "\\" for at, letter in enumerate(escaped) if letter in "*$`<>[]()#|~.")


@pytest.mark.parametrize("text", [":red[a]", ":material/home:", ":smile:", "http://a.b", "www.a.b", "a@b.c"])
def test_directives_icons_and_addresses_are_parted(text: str) -> None:
    assert text not in words.escaped(text).replace("\\", "")


def test_a_time_is_told_in_the_time_zone_of_the_server() -> None:
    at = datetime(2026, 11, 3, 8, 35, 9, tzinfo=UTC)

    here = at.astimezone()
    assert words.local_time(at) == f"3 Nov 2026, {here:%H:%M}"
    assert words.clock_time(at, seconds=True) == f"{here:%H:%M:%S}"


def test_the_day_of_the_last_change_is_told_where_it_is_another_one() -> None:
    at = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)

    assert words.saved_text(at, at + timedelta(minutes=5)) == f"saved {words.clock_time(at)}"
    assert words.saved_text(at, at + timedelta(days=2)) == f"saved {words.local_time(at)}"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.62, "0.6 s"), (12.4, "12 s"), (200, "3 min 20 s"), (-1, "0.0 s"), (0, "0.0 s")]
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert words.duration_text(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("size", "text"), [(512, "512 B"), (23_400, "23 KB"), (1_440_000, "1.4 MB"), (5_000_000_000, "5.0 GB")]
)
def test_sizes_are_short(size: int, text: str) -> None:
    assert words.size_text(size) == text

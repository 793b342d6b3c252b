"""How the pages say things: times, sizes, durations, and text of people that must stay plain text."""

import re
from datetime import datetime, timedelta

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_MEANINGFUL = re.compile(r":(?=[\w/])|www(?=\.)|(?<=\w)(?=@\w)", re.IGNORECASE)
_WORD_JOINER = "\u2060"


def escaped(text: str) -> str:
    """Text of files or people for a label or message, so that nothing in it is read as markdown."""
    # Icons, emoji and addresses are found after the escapes are gone, so a character without width parts them.
    parted = _MEANINGFUL.sub(lambda found: found.group() + _WORD_JOINER, " ".join(text.split()))
    return _PUNCTUATION.sub(r"\\\1", parted)


def shortened(text: str, length: int) -> str:
    """The text, cut at `length` characters with an ellipsis."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "\u2026"


def local_time(at: datetime) -> str:
    """`23 Nov 2026, 14:05` in the server's time zone."""
    here = at.astimezone()
    return f"{here.day} {here:%b %Y, %H:%M}"


def clock_time(at: datetime, seconds: bool = False) -> str:
    """`14:05` or `14:05:09` in the server's time zone."""
    return f"{at.astimezone():%H:%M:%S}" if seconds else f"{at.astimezone():%H:%M}"


def saved_text(at: datetime, now: datetime) -> str:
    """`saved 14:05`, with the day where it was not today."""
    if at.astimezone().date() == now.astimezone().date():
        return f"saved {clock_time(at)}"
    return f"saved {local_time(at)}"


def size_text(size: int) -> str:
    """`512 B`, `23 KB`, `1.4 MB`, `5.0 GB`."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} KB"
    if size < 1_000_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{size / 1_000_000_000:.1f} GB"


def duration_text(lasted: timedelta) -> str:
    """`0.6 s`, `12 s`, `3 min 20 s`."""
    seconds = max(lasted.total_seconds(), 0.0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else endings.get(number % 10, 'th')}"


def counted(number: int, one: str, many: str) -> str:
    """`1 line`, `12 lines`."""
    return f"{number:,} {one if number == 1 else many}"

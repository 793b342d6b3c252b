"""Tasks for a process of its own; it imports this module, so nothing heavy stands here."""

import os
import time
from pathlib import Path
from typing import Any

from estimate_core.domain.errors import NotASchedule, NotFound
from estimate_core.domain.progress import Progress


def counts(upto: int, progress: Progress) -> dict[str, object]:
    """Tell each number and give the last; with who did it."""
    for number in range(upto):
        progress(number, f"{number} \u20b9...")
    return {"last": upto - 1, "process": os.getpid()}


def refuses(kind: str, progress: Progress) -> dict[str, object]:
    """Refuse with a sentence."""
    raise {"NotFound": NotFound, "NotASchedule": NotASchedule}[kind](f"This is {kind}.")


def fails(error: type[Exception], progress: Progress) -> dict[str, object]:
    """Have a fault."""
    raise error("secret detail")


def dies(progress: Progress) -> dict[str, object]:
    """Break off without a word, as a process does that the system ends for its hunger."""
    progress(20, "Opening...")
    os._exit(9)


def sleeps(note: Path, progress: Progress) -> dict[str, object]:
    """Come to no end, after noting the number of the process."""
    note.with_suffix(".new").write_text(str(os.getpid()), encoding="utf-8")
    note.with_suffix(".new").rename(note)
    progress(20, "Sleeping...")
    time.sleep(600)
    return {}


class Deadly:
    """Ends the process that unpickles it, before that has begun its task."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)

    def __call__(self, progress: Progress) -> dict[str, object]:
        return {}

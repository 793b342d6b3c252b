"""Files that commands read and write: what cannot be used is told with its path, and what was there stays."""

import io
import os
import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from estimate_core.domain.errors import BadInput, NotASchedule
from estimate_core.workbook.reader import read_schedule
from estimate_core.workbook.reading.book import Book

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_bytes(path: Path) -> bytes:
    """What a file holds; BadInput where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {_reason(problem)}. Check its name and try again.") from problem


def _reason(problem: OSError) -> str:
    return problem.strerror or type(problem).__name__


def read_book(path: Path) -> Book:
    """The schedule in a file; BadInput or NotASchedule begin with its path."""
    data = read_bytes(path)
    with warnings.catch_warnings():
        # openpyxl warns of extensions that it leaves out; nothing here needs them.
        warnings.simplefilter("ignore")
        try:
            return read_schedule(io.BytesIO(data))
        except NotASchedule as refusal:
            raise NotASchedule(f"{path}: {refusal}", refusal.findings) from refusal
        except BadInput as refusal:
            raise BadInput(f"{path}: {refusal}") from refusal


def created(inputs: tuple[Path, ...]) -> datetime:
    """What the workbook tells as its time: SOURCE_DATE_EPOCH, else the last change of the inputs.

    Not the clock, so that the same inputs give the same bytes.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    try:
        seconds = int(given) if given else int(max(path.stat().st_mtime for path in inputs))
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        raise BadInput("SOURCE_DATE_EPOCH is not a number of seconds. Correct it, or unset it.") from None
    except OSError as problem:
        raise BadInput(f"{problem.filename} cannot be read: {_reason(problem)}.") from problem


def usable_target(output: Path, inputs: tuple[Path, ...]) -> Path:
    """Where the workbook goes, behind any link; BadInput where it would take the place of something else."""
    try:
        target = output.resolve()
        if target.exists() and not target.is_file():
            raise BadInput(f"{output} is not a file, so no workbook can be written there. Give another name.")
        if any(target == path.resolve() for path in inputs):
            raise BadInput(f"{output} is one of the files to be read. Give the workbook another name.")
    except (OSError, RuntimeError) as problem:  # RuntimeError: links that lead round in a circle
        raise BadInput(f"{output} cannot be written: {problem}. Give another name.") from problem
    return target


def write_workbook(target: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write beside the target and then take its place, so that a failure leaves what was there."""
    partial_file = target.with_name(f".{uuid4().hex}.tmp")
    try:
        with partial_file.open("xb") as stream:
            write(stream)
        os.replace(partial_file, target)
    except OSError as problem:
        raise BadInput(
            f"{target} cannot be written: {_reason(problem)}. Close it if it is open, and check the folder."
        ) from problem
    finally:
        _remove(partial_file)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as problem:
        print(f"{path} is left over: {_reason(problem)}. Delete it.", file=sys.stderr)

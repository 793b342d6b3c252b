"""What an archive says of itself: its kind, when and of which form it was made, and what must be in it."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from estimate_core.domain.errors import BadInput
from estimate_core.storage.files import is_file_id

FORMAT = 1
"""The form of archives that this program writes; it reads all up to that."""
_PROGRAM = "estimate-desk"
_NEWER = "This archive was made by a newer Estimate Desk. Update this one, then try again."
_NOT_OURS = "This is no archive of Estimate Desk, or its list of contents is damaged. Choose another file."


class Kind(StrEnum):
    """What an archive is of: a whole home, or what one organisation has."""

    BACKUP = "backup"
    EXPORT = "export"


@dataclass(frozen=True)
class Entry:
    """A file in an archive: its size in bytes and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The contents of an archive.

    `created` is ISO-8601 in UTC, `migrations` what its database has seen, `counts` rows by table. `missing` and
    `damaged` are ids of files that were not whole when it was made.
    """

    kind: Kind
    created: str
    migrations: tuple[str, ...]
    counts: dict[str, int]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    entries: dict[str, Entry]

    @property
    def size(self) -> int:
        """The bytes of all entries, unpacked."""
        return sum(entry.size for entry in self.entries.values())

    @property
    def is_whole(self) -> bool:
        """Whether every file was there, as it was made, when the archive was."""
        return not self.missing and not self.damaged


def write_manifest(manifest: Manifest) -> bytes:
    """The manifest as JSON."""
    return json.dumps({"program": _PROGRAM, "format": FORMAT, **asdict(manifest)}, indent=1).encode()


def read_manifest(data: bytes) -> Manifest:
    """What `write_manifest` wrote; BadInput for anything else, and for what a newer program wrote."""
    try:
        told = json.loads(data)
        if told["program"] != _PROGRAM:
            raise BadInput(_NOT_OURS)
        if _number(told["format"]) > FORMAT:
            raise BadInput(_NEWER)
        return _read(told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(_NOT_OURS) from error


def _read(told: dict[str, Any]) -> Manifest:
    return Manifest(
        kind=Kind(told["kind"]),
        created=_text(told["created"]),
        migrations=_texts(told["migrations"]),
        counts={table: _number(count) for table, count in told["counts"].items()},
        missing=_texts(told["missing"]),
        damaged=_texts(told["damaged"]),
        entries={_name(name): _entry(entry) for name, entry in told["entries"].items()},
    )


def _entry(told: dict[str, Any]) -> Entry:
    return Entry(_number(told["size"]), _text(told["sha256"]))


def _name(text: str) -> str:
    if not is_file_id(text):
        raise ValueError(f"not the name of an entry: {text!r}")
    return text


def _texts(told: object) -> tuple[str, ...]:
    if not isinstance(told, list):
        raise ValueError("not a list")
    return tuple(_text(each) for each in told)


def _text(told: object) -> str:
    if not isinstance(told, str):
        raise ValueError("not a text")
    return told


def _number(told: object) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or told < 0:
        raise ValueError("not a number")
    return told

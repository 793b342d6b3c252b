"""The key that signs what is handed to browsers: made once, in a file for its owner alone, never in a backup."""

import secrets
from pathlib import Path
from typing import BinaryIO

from estimate_core.domain.errors import BadInput
from estimate_core.storage.database import Database, writing
from estimate_core.storage.files import OWN, make_private, read_first, write_whole

KEY_LENGTH = 32
_MAY_BE_DELETED = "or delete it: the next start makes a new one, and everybody signs in again."


def load_key(path: Path, db: Database) -> bytes:
    """The 32 bytes of the key at `path`, made where there is none; BadInput says what to do where that cannot be.

    The database's write lock is what others wait for that start in the same moment, so that all have one key.
    """
    key = _find_key(path)
    if key is None:
        with writing(db):
            key = _find_key(path) or _make_key(path)
    make_private(path)
    return key


def _find_key(path: Path) -> bytes | None:
    try:
        key = read_first(path, KEY_LENGTH + 1)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise BadInput(
            f"The key {path} cannot be read ({problem.strerror}). Let the user that the program runs as read it, "
            f"{_MAY_BE_DELETED}"
        ) from problem
    if len(key) != KEY_LENGTH:
        raise BadInput(
            f"The key {path} is damaged: it does not have {KEY_LENGTH} bytes. Put back the one that was there, "
            f"{_MAY_BE_DELETED}"
        )
    return key


def _make_key(path: Path) -> bytes:
    key = secrets.token_bytes(KEY_LENGTH)

    def write(stream: BinaryIO) -> None:
        stream.write(key)

    try:
        write_whole(path, write, OWN)
    except OSError as problem:
        raise BadInput(
            f"The key {path} cannot be written ({problem.strerror}). Make its folder writable and have room there, "
            "then start again."
        ) from problem
    return key

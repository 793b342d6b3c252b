"""The key: made once whoever asks first, its owner's alone, and never believed where it is not whole."""

import errno
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, get_ident
from typing import BinaryIO
from unittest.mock import Mock

import pytest

from estimate_core.domain.errors import BadInput
from estimate_core.storage import keys
from estimate_core.storage.database import connected
from estimate_core.storage.files import Published, read_first, write_whole
from estimate_core.storage.keys import load_key

unix_only = pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
STARTING_TOGETHER = 12


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def key_at(path: Path) -> bytes:
    with connected(path.with_name("app.db")) as db:
        return load_key(path, db)


def test_a_key_is_made_once_and_is_there_the_next_time(tmp_path: Path) -> None:
    made = key_at(tmp_path / "secret.key")

    assert len(made) == 32
    assert key_at(tmp_path / "secret.key") == made == (tmp_path / "secret.key").read_bytes()
    assert not list(tmp_path.glob("*.part"))


def test_two_keys_are_not_alike(tmp_path: Path) -> None:
    assert key_at(tmp_path / "one.key") != key_at(tmp_path / "other.key")


def test_who_starts_together_has_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together, looked = Barrier(STARTING_TOGETHER), set[int]()

    def read_together(path: Path, most: int) -> bytes:
        try:
            return read_first(path, most)
        finally:
            # Nobody makes a key before all have seen that there is none.
            if get_ident() not in looked:
                looked.add(get_ident())
                together.wait(30)

    monkeypatch.setattr(keys, "read_first", read_together)

    with ThreadPoolExecutor(STARTING_TOGETHER) as pool:
        found = set(pool.map(lambda _: key_at(tmp_path / "secret.key"), range(STARTING_TOGETHER)))

    assert len(looked) == STARTING_TOGETHER
    assert found == {(tmp_path / "secret.key").read_bytes()}


@unix_only
def test_a_key_is_its_owners_alone_from_its_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []

    def write(path: Path, fill: Callable[[BinaryIO], None], mode: int) -> Published:
        def fill_and_look(stream: BinaryIO) -> None:
            modes.extend(mode_of(part) for part in tmp_path.glob("secret.key*"))
            fill(stream)

        return write_whole(path, fill_and_look, mode)

    monkeypatch.setattr(keys, "write_whole", write)

    key_at(tmp_path / "secret.key")

    assert [*modes, mode_of(tmp_path / "secret.key")] == [0o600, 0o600]


@unix_only
def test_a_key_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    key = key_at(tmp_path / "secret.key")
    (tmp_path / "secret.key").chmod(0o644)

    assert key_at(tmp_path / "secret.key") == key
    assert mode_of(tmp_path / "secret.key") == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33])
def test_a_damaged_key_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)

    with pytest.raises(BadInput, match="secret.key is damaged.*Put back the one.*or delete it"):
        key_at(tmp_path / "secret.key")

    assert (tmp_path / "secret.key").read_bytes() == content


def test_a_key_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "read_first", Mock(side_effect=PermissionError(errno.EACCES, "Permission denied")))

    with pytest.raises(BadInput, match=r"secret.key cannot be read \(Permission denied\). Let the user"):
        key_at(tmp_path / "secret.key")


def test_a_key_that_cannot_be_written_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()

    with pytest.raises(BadInput, match=r"secret.key cannot be written \("):
        key_at(tmp_path / "secret.key")

    assert not list(tmp_path.glob("*.part"))

"""Files by id: published whole or not at all, and never outside their folder."""

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import pytest

from estimate_core.domain.errors import NotFound
from estimate_core.storage.files import Files, Published, content_folder, content_id, find_bytes, output_id


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def writer(data: bytes) -> Callable[[BinaryIO], None]:
    def write(stream: BinaryIO) -> None:
        stream.write(data)

    return write


def names(files: Files) -> list[str]:
    return sorted(path.name for path in files.folder.rglob("*") if path.is_file())


def test_what_was_published_can_be_read_under_its_id(files: Files) -> None:
    file_id = output_id("local", "7d1f")

    published = files.publish(file_id, writer(b"words"))

    assert published == Published(5, sha256(b"words").hexdigest())
    assert files.exists(file_id)
    with files.open(file_id) as stream:
        assert stream.read() == b"words"
    assert names(files) == ["7d1f"]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps access rights elsewhere")
def test_a_folder_that_the_first_file_makes_is_its_owners_alone(files: Files) -> None:
    files.publish(output_id("local", "7d1f"), writer(b"words"))

    assert stat.S_IMODE(files.folder.stat().st_mode) == 0o700


def test_publishing_again_replaces_the_file(files: Files) -> None:
    files.publish("local/a", writer(b"old"))

    files.publish("local/a", writer(b"new"))

    assert files.path("local/a").read_bytes() == b"new"


def test_a_write_that_fails_leaves_nothing(files: Files) -> None:
    def fail(stream: BinaryIO) -> None:
        stream.write(b"half of it")
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError):
        files.publish("local/a", fail)

    assert not files.exists("local/a")
    assert names(files) == []


def test_a_write_that_fails_leaves_the_earlier_file(files: Files) -> None:
    files.publish("local/a", writer(b"old"))

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half of it")
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError):
        files.publish("local/a", fail)

    assert files.path("local/a").read_bytes() == b"old"
    assert names(files) == ["a"]


def test_a_file_that_is_gone_is_not_found(files: Files) -> None:
    with pytest.raises(NotFound, match="no longer there"):
        files.open("local/a")


def test_deleting_twice_is_fine(files: Files) -> None:
    files.publish("local/a", writer(b"words"))

    files.delete("local/a")
    files.delete("local/a")

    assert not files.exists("local/a")


def test_contents_of_two_organisations_lie_apart(files: Files) -> None:
    assert files.path(content_id("ours", "ab12", "original")) != files.path(content_id("theirs", "ab12", "original"))


@pytest.mark.parametrize(
    "file_id",
    [
        "",
        "..",
        "../a",
        "local/../a",
        "/etc/a",
        "local//a",
        "local/.a",
        "a\\b",
        "C:/a",
        "a b",
        "a.",
        "a/b.part",
        "a\n",
    ],
)
def test_what_is_no_id_never_becomes_a_path(files: Files, file_id: str) -> None:
    with pytest.raises(ValueError, match="not a file id"):
        files.path(file_id)


def test_all_parts_of_a_content_are_deleted_and_nothing_beside_them(files: Files) -> None:
    for content_hash, part in (("aa", "original"), ("aa", "mould-1"), ("ab", "original")):
        files.publish(content_id("local", content_hash, part), writer(b"words"))

    files.delete_all(content_folder("local", "aa"))
    files.delete_all(content_folder("local", "absent"))

    assert not files.path(content_folder("local", "aa")).exists()
    assert files.exists(content_id("local", "ab", "original"))


def test_stale_temporaries_are_deleted_and_fresh_ones_and_files_stay(files: Files) -> None:
    files.publish("local/a", writer(b"words"))
    left = files.folder / "local" / "b.0123.part"
    left.write_bytes(b"half")
    written = datetime.fromtimestamp(left.stat().st_mtime, UTC)

    early = files.delete_stale_temporaries(written - timedelta(minutes=1))
    late = files.delete_stale_temporaries(written + timedelta(minutes=1))

    assert (early, late) == (0, 1)
    assert names(files) == ["a"]


def test_there_are_no_stale_temporaries_before_the_first_file(files: Files) -> None:
    assert files.delete_stale_temporaries(datetime.now(UTC)) == 0


def test_a_file_of_the_program_that_is_absent_gives_none(tmp_path: Path) -> None:
    (tmp_path / "there.xlsx").write_bytes(b"words")

    assert find_bytes(tmp_path / "there.xlsx") == b"words"
    assert find_bytes(tmp_path / "absent.xlsx") is None

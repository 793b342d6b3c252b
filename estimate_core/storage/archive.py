"""Archives of files with a manifest: one zip, written once as a whole, and believed in nothing when it is read."""

import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Protocol
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from estimate_core.domain.errors import BadInput
from estimate_core.storage.files import pieces_of
from estimate_core.storage.manifest import Entry, Manifest, read_manifest, write_manifest

MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 200_000_000
_ENCRYPTED = 1
_BROKEN = "The archive {path} is damaged: {reason}. Take another one."
_UNREADABLE = "The archive {path} cannot be read: {reason}. Check its name and try again."
_ZIP_TROUBLES = (BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OverflowError)
"""What reading a zip raises for bytes that are none, or were changed."""


class Sink(Protocol):
    """What takes the bytes of an entry."""

    def write(self, piece: bytes, /) -> object:
        """Take a piece."""


class Nowhere:
    """A sink for bytes that are only looked at."""

    def write(self, piece: bytes, /) -> None:
        """Let go of a piece."""


class NewArchive:
    """An archive in the writing, into a stream that can go back to what it wrote."""

    def __init__(self, stream: BinaryIO) -> None:
        self._zip = ZipFile(stream, "w")
        self.entries: dict[str, Entry] = {}

    def add(self, name: str, pieces: Iterable[bytes], packed: bool = False) -> Entry:
        """Add an entry, packed where that is worth it; gives what the manifest says of it."""
        size, digest = 0, sha256()
        with self._zip.open(_info(name, packed), "w", force_zip64=True) as target:
            for piece in pieces:
                target.write(piece)
                digest.update(piece)
                size += len(piece)
        self.entries[name] = Entry(size, digest.hexdigest())
        return self.entries[name]

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the end."""
        self._zip.writestr(_info(MANIFEST, packed=True), write_manifest(manifest))
        self._zip.close()

    def close(self) -> None:
        """Let go of the stream, finished or not."""
        self._zip.close()


@dataclass(frozen=True)
class Archive:
    """An archive whose names and sizes are as its manifest says; bytes are compared as they are copied."""

    path: Path
    manifest: Manifest
    zip: ZipFile

    def copy(self, name: str, sink: Sink) -> None:
        """Copy an entry; BadInput where its bytes are not those that the manifest tells."""
        expected = self.manifest.entries[name]
        size, digest = 0, sha256()
        for piece in self._pieces(name):
            size += len(piece)
            if size > expected.size:
                break
            sink.write(piece)
            digest.update(piece)
        if (size, digest.hexdigest()) != (expected.size, expected.sha256):
            raise _broken(self.path, f"\u201c{name}\u201d is not what it was")

    def _pieces(self, name: str) -> Iterator[bytes]:
        with _told(self.path):
            stream = self.zip.open(name)
        with stream:
            pieces = pieces_of(stream)  # type: ignore[arg-type]
            while piece := _next(self.path, pieces):
                yield piece


@contextmanager
def opened_archive(path: Path) -> Iterator[Archive]:
    """An archive for reading; BadInput where it is none, is damaged, or has too little or too much in it."""
    with _told(path):
        file = ZipFile(path)
    with file:
        with _told(path):
            manifest = _read_manifest(path, file)
        _check_entries(path, file.infolist(), manifest)
        yield Archive(path, manifest, file)


def _read_manifest(path: Path, file: ZipFile) -> Manifest:
    info = next((info for info in file.infolist() if info.filename == MANIFEST), None)
    if info is None:
        raise _broken(path, "it has no list of its contents")
    with file.open(info) as stream:
        data = stream.read(_LARGEST_MANIFEST + 1)
    if len(data) > _LARGEST_MANIFEST:
        raise _broken(path, "the list of its contents is too long")
    try:
        return read_manifest(data)
    except BadInput as refusal:
        raise BadInput(f"{path}: {refusal}") from refusal


def _check_entries(path: Path, infos: list[ZipInfo], manifest: Manifest) -> None:
    found = {info.filename: info for info in infos if info.filename != MANIFEST}
    for name in manifest.entries:
        if name not in found:
            raise _broken(path, f"\u201c{name}\u201d is missing")
    for name, info in found.items():
        if name not in manifest.entries:
            raise _broken(path, f"\u201c{name}\u201d does not belong in it")
        if _is_odd(info) or info.file_size != manifest.entries[name].size:
            raise _broken(path, f"\u201c{name}\u201d is not what it was")
    # Folders of some systems do not tell capitals from small letters.
    if len(infos) != len(found) + 1 or len({name.casefold() for name in found}) != len(found):
        raise _broken(path, "a name is in it twice")


def _is_odd(info: ZipInfo) -> bool:
    """Whether an entry is anything but the plain file that was written."""
    is_link = stat.S_ISLNK(info.external_attr >> 16)
    is_encrypted = bool(info.flag_bits & _ENCRYPTED)
    return is_link or is_encrypted or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED)


def _info(name: str, packed: bool) -> ZipInfo:
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
    # Whoever unpacks it by hand gets files of their own too.
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    return info


def _next(path: Path, pieces: Iterator[bytes]) -> bytes | None:
    with _told(path):
        return next(pieces, None)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What is wrong with an archive, in a sentence."""
    try:
        yield
    except OSError as problem:
        raise BadInput(_UNREADABLE.format(path=path, reason=problem.strerror or problem)) from problem
    except _ZIP_TROUBLES as problem:
        raise _broken(path, str(problem).rstrip(".") or "it ends too early") from problem


def _broken(path: Path, reason: str) -> BadInput:
    return BadInput(_BROKEN.format(path=path, reason=reason))

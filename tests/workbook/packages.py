"""Packages taken apart and put together again, to make workbooks that no program should write."""

import io
import warnings
import zipfile
from collections.abc import Callable, Mapping


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of a package by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], more: Mapping[str, bytes] | None = None) -> bytes:
    """A package of these parts; `more` are written behind them, even under names that are taken."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, part in (*parts.items(), *(more or {}).items()):
            archive.writestr(name, part)
    return stream.getvalue()


def with_part(data: bytes, path: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one part changed."""
    parts = parts_of(data)
    return packed(parts | {path: change(parts[path])})


def with_text(data: bytes, path: str, old: str, new: str) -> bytes:
    """The package with a text in one part replaced, which must be there."""
    assert old.encode() in parts_of(data)[path]
    return with_part(data, path, lambda part: part.replace(old.encode(), new.encode()))

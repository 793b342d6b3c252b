"""Files in a store that speaks S3: the one module that knows obstore.

The store is told where it is and who asks by the usual variables: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY; AWS_ALLOW_HTTP=true lets it be asked without encryption.
"""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import BinaryIO
from urllib.parse import quote

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from estimate_core.domain.errors import BadInput, NotFound, OutOfOrder
from estimate_core.storage.files import GONE, Label, Published, sha256_of

LINK_FOR = timedelta(minutes=5)
"""How long a link to a file can be used."""
_IN_MEMORY = 1 << 24
_PATIENCE = timedelta(seconds=20)
_SILENT = (
    "The store of files does not serve ({reason}), so this was not saved. Try again in a moment; if it happens again, "
    "tell whoever looks after Estimate Desk."
)


@dataclass(frozen=True)
class Objects:
    """The objects below `url`, such as `s3://bucket/folder`. Plain data, so that other processes may be given it."""

    url: str

    def publish(self, file_id: str, write: Callable[[BinaryIO], None], label: Label | None = None) -> Published:
        """Have `write` fill a file, then put it into the store as a whole."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
            stream: BinaryIO = spool  # type: ignore[assignment]
            write(stream)
            stream.seek(0, io.SEEK_END)
            size = stream.tell()
            stream.seek(0)
            published = Published(size, sha256_of(stream))
            stream.seek(0)
            with _told():
                obstore.put(_store(self.url), file_id, stream, attributes=_attributes(label))
        return published

    def open(self, file_id: str) -> BinaryIO:
        """The file, read as a whole; NotFound where it is gone."""
        with _told():
            return io.BytesIO(obstore.get(_store(self.url), file_id).bytes())

    def delete(self, file_id: str) -> None:
        """Delete the object; an absent one is fine."""
        with suppress(NotFound), _told():
            obstore.delete(_store(self.url), file_id)

    def reach(self, file_id: str) -> str:
        """A signed link to the object, good for a few minutes."""
        with _told():
            return str(obstore.sign(_store(self.url), "GET", file_id, LINK_FOR))


def open_objects(url: str) -> Objects:
    """The store at `url`; BadInput where that is no address of one. It is not asked yet."""
    try:
        _store(url)
    except (BaseError, ValueError) as error:
        raise BadInput(
            f"ESTIMATE_FILES_URL is \u201c{url}\u201d. Set it to s3:// with the name of a bucket and, if you like, a "
            "folder in it, such as s3://office/estimates; leave it out to keep files in ESTIMATE_HOME."
        ) from error
    return Objects(url)


@lru_cache(maxsize=4)
def _store(url: str) -> S3Store:
    if not url.startswith("s3://"):
        raise ValueError("not an S3 address")
    # No options of the client's own: they would take the place of what AWS_ALLOW_HTTP says.
    return S3Store.from_url(url, retry_config={"max_retries": 3, "retry_timeout": _PATIENCE})


def _attributes(label: Label | None) -> dict[str, str]:
    if label is None:
        return {}
    return {
        "Content-Type": label.media_type,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(label.filename)}",
        "Cache-Control": "private, no-store",
    }


@contextmanager
def _told() -> Iterator[None]:
    """The store's errors as refusals: what is absent, and what does not serve."""
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise OutOfOrder(_SILENT.format(reason="it has no such bucket")) from error
        raise NotFound(GONE) from error
    except PermissionError as error:
        raise OutOfOrder(_SILENT.format(reason="it does not let this program in")) from error
    except BaseError as error:
        raise OutOfOrder(_SILENT.format(reason="it does not answer")) from error

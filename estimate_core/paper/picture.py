"""Pages of a PDF as pictures."""

import io
from threading import Lock

import pypdfium2

_DOTS = 110 / 72
_ONE_AT_A_TIME = Lock()
"""The library must not be entered by two threads at once, and pages are shown by many."""


def pictures(pdf: bytes) -> list[bytes]:
    """Each page as a PNG of 110 dots an inch."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return [_png(document[number]) for number in range(len(document))]
        finally:
            document.close()


def _png(page: pypdfium2.PdfPage) -> bytes:
    stream = io.BytesIO()
    page.render(scale=_DOTS).to_pil().save(stream, "PNG")
    return stream.getvalue()

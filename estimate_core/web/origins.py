"""Whose page asks: browsers say so with what they send, and no page can change it."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

_SAME_SITE = ("same-origin", "none")
OTHER_SITE = "Another site asked for this through your browser, so it was not done. Ask from this site or a program."


def is_asked_by_other_site(headers: Headers, url: str = "") -> bool:
    """Whether a browser says that a page of another site asks; programs say nothing of the kind.

    `url` is the address at which people reach the desk, whatever name a proxy before it asks under.
    """
    fetched, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if fetched is not None:
        return fetched not in _SAME_SITE
    return origin is not None and not _is_own(origin.lower(), headers.get("host", "").lower(), url)


def _is_own(origin: str, host: str, url: str) -> bool:
    # A proxy may take https off before it asks, so that of its own address only the name can be compared.
    if origin in (f"http://{host}", f"https://{host}"):
        return True
    parts = urlsplit(url)
    return bool(parts.netloc) and origin == f"{parts.scheme}://{parts.netloc}".lower()

"""Passwords as whoever hosts Estimate Desk hands them over: typed unseen, or by another program; never as an argument,
which others on the machine could read.
"""

import io
import sys
import warnings
from getpass import GetPassWarning, getpass

from estimate_core.domain.errors import BadInput

_LONGEST = 10_000
"""More bytes than any password has that is kept."""
_DIFFERENT = "The two passwords are not the same, so nothing was changed. Try again."
_NONE = "No password was given, so nothing was changed. Type one, or hand it over as the first line of standard input."
_SEEN = (
    "This terminal would show the password, so it is not asked for. Hand it over as the first line of standard input."
)
_NO_TEXT = "The password on standard input is no text in UTF-8, so nothing was changed. Write it in UTF-8."


def read_password(email: str) -> str:
    """A new password: typed twice without being seen, or the first line of standard input where nobody types there.

    BadInput where there is none, or the two are not the same.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        return _read_line()
    password = _ask(f"New password for {email}: ")
    if not password:
        raise BadInput(_NONE)
    if _ask("The same once more: ") != password:
        raise BadInput(_DIFFERENT)
    return password


def _ask(prompt: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("error", GetPassWarning)
        try:
            return getpass(prompt)
        except GetPassWarning:
            raise BadInput(_SEEN) from None
        except EOFError:
            raise BadInput(_NONE) from None


def _read_line() -> str:
    line = sys.stdin.buffer.readline(_LONGEST) if isinstance(sys.stdin, io.TextIOWrapper) else b""
    try:
        # With the mark that some programs of Windows begin their output with.
        password = line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadInput(_NO_TEXT) from None
    if not password:
        raise BadInput(_NONE)
    return password

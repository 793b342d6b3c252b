"""Passwords: which may be used (NIST SP 800-63B, 3.1.1.2), and how they are kept (argon2id)."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from estimate_core.domain.errors import BadInput

SHORTEST, LONGEST = 10, 256
_LOOKED_AT = 72
"""As much of a password as is looked at for being common; more takes long and says nothing new."""
_TOO_EASY = 2
"""Of zxcvbn's scores 0 to 4: below it a password falls to a list of common ones within a million guesses."""
_AT_ONCE = BoundedSemaphore(2)
"""Each hash takes a processor and 64 MB for a moment: a crowd of guesses must not take them all."""
_SHORT = f"This password has fewer than {SHORTEST} characters. Take a longer one: several words in a row do well."
_LONG = f"This password has more than {LONGEST} characters. Take a shorter one."
_COMMON = "This password is too easy to guess. Take another: several words that do not belong together do well."


def check_password(password: str, known: Iterable[str] = ()) -> None:
    """Raise BadInput for a password that is too short, too long or easy to guess; nothing else is asked of it.

    `known` is what others know of the person, such as their name: a password made of it is easy to guess.
    """
    text = _normal(password)
    if len(text) < SHORTEST:
        raise BadInput(_SHORT)
    if len(text) > LONGEST:
        raise BadInput(_LONG)
    looked_at = [word for words in known for word in (words, *words.replace("@", " ").replace(".", " ").split())]
    if zxcvbn(text[:_LOOKED_AT], user_inputs=["estimate", "desk", *looked_at])["score"] < _TOO_EASY:
        raise BadInput(_COMMON)


def hash_password(password: str) -> str:
    """What is kept of a password."""
    with _AT_ONCE:
        return _hashes().hash(_normal(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether that is the password; it takes as long where none is kept."""
    text = _normal(password)[: LONGEST + 1]
    with _AT_ONCE:
        try:
            return _hashes().verify(text, kept or _nobodys()) and kept is not None
        except UnknownHashError:
            return False


@cache
def _hashes() -> PasswordHash:
    return PasswordHash((Argon2Hasher(),))


@cache
def _nobodys() -> str:
    return _hashes().hash("the password of nobody")


def _normal(password: str) -> str:
    # The same letters can be typed in several ways, by keyboard and system (NIST asks for NFKC or NFKD).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()

"""Passwords: which may be used (NIST SP 800-63B, 3.1.1.2), and how they are kept (argon2id)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from estimate_core.domain.errors import BadInput
from estimate_core.domain.text import has_controls, without_unseen

SHORTEST, LONGEST = 10, 256
_LOOKED_AT = 72
"""As much of a password as is looked at for being common; more takes long and says nothing new."""
_TOO_EASY = 2
"""Of zxcvbn's scores 0 to 4: below it a password falls to a list of common ones within a million guesses."""
_AT_ONCE = BoundedSemaphore(2)
"""Each hash takes a processor and 64 MB for a moment: a crowd of guesses must not take them all."""
_SHORT = f"This password has fewer than {SHORTEST} characters. Take a longer one: several words in a row do well."
_UNSEEN = (
    f"This password has fewer than {SHORTEST} characters that can be seen, and others do not count. Take a longer one: "
    "several words in a row do well."
)
_LONG = f"This password has more than {LONGEST} characters. Take a shorter one."
_CONTROLS = "This password has characters that no key types, such as the end of a line. Take one without them."
_COMMON = "This password is too easy to guess. Take another: several words that do not belong together do well."
_REPEATS = (
    "This password is too easy to guess: it says the same again and again. Take another: several words that do not "
    "belong together do well."
)
_KNOWN = (
    "This password is too easy to guess: take away names and addresses that others know (yours, your organisation's, "
    "Estimate Desk's), and too little is left. Add several words that do not belong together."
)
_PRODUCT = "Estimate Desk"
_BETWEEN = r"[\s!-/:-@\[-`{-~]"
"""What stands between words. Not all but letters: the vowel signs of Indian scripts are none."""
_WHOLE_ONLY = 2
"""Known words as short as that are looked for as words of their own: within others they stand by chance."""


def check_password(password: str, known: Iterable[str] = ()) -> None:
    """Raise BadInput for a password that is too short, too long or easy to guess; nothing else is asked of it.

    `known` is what others know of the person, such as their name: a password made of it is easy to guess.
    """
    text = _normal(password)
    if has_controls(password):
        raise BadInput(_CONTROLS)
    # One character as it is typed may become many, and many one.
    seen, typed = without_unseen(text), without_unseen(password)
    if min(len(seen), len(typed)) < SHORTEST:
        raise BadInput(_SHORT if typed == password else _UNSEEN)
    if len(text) > LONGEST:
        raise BadInput(_LONG)
    _refuse_easy(seen, _known_words([*known, _PRODUCT]))


def _refuse_easy(text: str, known: list[str]) -> None:
    words = _folded(text).split()
    once = list(dict.fromkeys(words))
    if once != words and _is_easy("".join(once)):
        raise BadInput(_REPEATS)
    if not words or _is_easy(text):
        raise BadInput(_COMMON)
    left = _without(once, known)
    if _is_easy(text, known) or left != "".join(once) and _is_easy(left, known):
        raise BadInput(_KNOWN)


def _is_easy(text: str, known: Iterable[str] = ()) -> bool:
    return not text or zxcvbn(text[:_LOOKED_AT], user_inputs=known)["score"] < _TOO_EASY


def _known_words(known: Iterable[str]) -> list[str]:
    """What is known as one word each and its words by themselves, longest first, all folded."""
    parted = [re.split(f"{_BETWEEN}+", _folded(one)) for one in known]
    found = {word for words in parted for word in ("".join(words), *words) if word}
    return sorted(found, key=lambda word: (-len(word), word))


def _without(words: list[str], known: list[str]) -> str:
    """Words as one, without those that are known and what joined them."""
    left = "".join(word for word in words if re.sub(f"^{_BETWEEN}+|{_BETWEEN}+$", "", word) not in known)
    within = "|".join(re.escape(word) for word in known if len(word) > _WHOLE_ONLY)
    return re.sub(f"{_BETWEEN}?(?:{within}){_BETWEEN}?", "", left)


def _folded(text: str) -> str:
    return without_unseen(_normal(text)).casefold()


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

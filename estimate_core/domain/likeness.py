"""How like two names of items are: the measure by which an item is found again under another name.

Numbers decide before letters do: a pipe of 25 mm and one of 20 mm are two items, however like their names are.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from rapidfuzz import fuzz, process

LIKE, NOT_UNLIKE = 80.0, 55.0
"""Likeness from 0 to 100: from the first on two names may be one item; below the second not even with one code."""

_COMPARED = 128
"""Characters that are compared, so that names as long as specifications take no longer."""
_MOST_COMPARISONS = 16_000_000
_AT_ONCE = 256
_BEST = 20
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{2,3}(?!\d))")
_POINT_OF_SHORT_FORM = re.compile(r"(?<!\d)\.|\.(?!\d)")
_PIECES = re.compile(r"\d+(?:\.\d+)?|[^\s\d.]+")
_SPELLED = {
    "single": "1",
    "one": "1",
    "double": "2",
    "twin": "2",
    "two": "2",
    "triple": "3",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "eight": "8",
}


@dataclass(frozen=True)
class Name:
    """The name of an item made ready for comparison."""

    text: str

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Words and numbers (`two` is 2), without case and punctuation; digits part from letters: `25mm` is two."""
        return tuple(_SPELLED.get(word) or _canonical(word) for word in _pieces(self.text.casefold()))

    @cached_property
    def in_order(self) -> str:
        """The words by the alphabet, because people turn `Pipe, 25 mm` into `25 mm pipe`."""
        return " ".join(sorted(self.words))[:_COMPARED]

    @cached_property
    def as_written(self) -> str:
        """The words in their order, because by the alphabet `brickwork` stands elsewhere than `brick work`."""
        return " ".join(self.words)[:_COMPARED]

    @cached_property
    def numbers(self) -> tuple[str, ...]:
        """The numbers in their order."""
        return tuple(word for word in self.words if word[0].isdecimal())

    @cached_property
    def measures(self) -> list[tuple[str, str]]:
        """Each number with the word after it, sorted."""
        following = (*self.words[1:], "")
        pairs = zip(self.words, following, strict=False)
        return sorted((word, "" if after[:1].isdecimal() else after) for word, after in pairs if word[0].isdecimal())

    @cached_property
    def short_forms(self) -> frozenset[str]:
        """Words in capitals, such as GI and TPN, folded; none where the whole name is in capitals."""
        if self.text.isupper():
            return frozenset()
        return frozenset(word.casefold() for word in _pieces(self.text) if len(word) > 1 and word.isupper())


@dataclass(frozen=True)
class Search:
    """Pairs of names that may be one item, as (likeness, place of the old, place of the new).

    `left_out` counts the old names that were not looked for, because there were too many to compare.
    """

    found: list[tuple[float, int, int]]
    left_out: int


def likeness(old: Name, new: Name) -> float:
    """0 to 100: of the words by the alphabet or as they stand, whichever is more."""
    return max(fuzz.ratio(old.in_order, new.in_order), fuzz.ratio(old.as_written, new.as_written))


def may_be_one(old: Name, new: Name) -> bool:
    """Whether the numbers agree, and nothing stands in the place of a short form (TPN or `copper` for SPN or GI)."""
    if old.numbers != new.numbers and old.measures != new.measures:
        return False
    only_old, only_new = set(old.words).difference(new.words), set(new.words).difference(old.words)
    swapped = (old.short_forms & only_old and only_new) or (new.short_forms & only_new and only_old)
    return not swapped


def contradict(old: Name, new: Name) -> bool:
    """Whether each name has a number that the other has not; a number that was added contradicts nothing."""
    before, after = Counter(old.numbers), Counter(new.numbers)
    return bool(before - after and after - before)


def search(olds: Sequence[Name], news: Sequence[Name]) -> Search:
    """The pairs of like names; of each old name the 20 likest new ones."""
    old_places, new_places = _by_numbers(olds), _by_numbers(news)
    found: list[tuple[float, int, int]] = []
    left_out, budget = 0, _MOST_COMPARISONS
    for numbers, places in old_places.items():
        others = new_places.get(numbers)
        if not others:
            continue
        taken = places[: budget // len(others)]
        budget -= len(taken) * len(others)
        left_out += len(places) - len(taken)
        found += (pair for pair in _likest(olds, news, taken, others) if may_be_one(olds[pair[1]], news[pair[2]]))
    return Search(found, left_out)


def _by_numbers(names: Sequence[Name]) -> dict[tuple[str, ...], list[int]]:
    places: dict[tuple[str, ...], list[int]] = {}
    for place, name in enumerate(names):
        if name.words:
            places.setdefault(tuple(sorted(name.numbers)), []).append(place)
    return places


def _likest(
    olds: Sequence[Name], news: Sequence[Name], old_places: list[int], new_places: list[int]
) -> Iterator[tuple[float, int, int]]:
    """Compares a few hundred old names at a time with all new ones, to keep the table of likenesses small."""
    for spelled in (_in_order, _as_written):
        texts = [spelled(news[place]) for place in new_places]
        for start in range(0, len(old_places), _AT_ONCE):
            chunk = old_places[start : start + _AT_ONCE]
            asked = [spelled(olds[place]) for place in chunk]
            table = process.cdist(asked, texts, scorer=fuzz.ratio, score_cutoff=LIKE)
            for place, row in zip(chunk, table, strict=True):
                columns = row.nonzero()[0]
                likest = columns[row[columns].argsort(kind="stable")[-_BEST:]]
                yield from ((float(row[column]), place, new_places[column]) for column in likest.tolist())


def _in_order(name: Name) -> str:
    return name.in_order


def _as_written(name: Name) -> str:
    return name.as_written


def _pieces(text: str) -> list[str]:
    plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", text))
    # By category, since the marks that stand in every word of Telugu and Hindi are no letters to `re`.
    kept = "".join(c if c == "." or unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    return _PIECES.findall(_POINT_OF_SHORT_FORM.sub("", kept))


def _canonical(word: str) -> str:
    return format(Decimal(word).normalize(), "f") if word[0].isdecimal() else word

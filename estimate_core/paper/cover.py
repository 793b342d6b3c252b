"""The cover of an estimate: what the office, the estimate and the person say; empty fields leave no holes."""

from collections.abc import Iterator
from decimal import Decimal

from estimate_core.domain.money import grouped, in_words
from estimate_core.domain.office import Cover
from estimate_core.paper.grid import LEFT, WIDTH, Row, cell
from estimate_core.paper.pen import Look, Pen

_DEPARTMENT = Look(size=17, bold=True, align="centre")
_TITLE = Look(size=24, bold=True, align="centre")
_LABEL, _FIELD = Look(size=11.5), Look(size=11.5, bold=True)
_LABEL_WIDTH = 50.0
_ABOVE_TITLE = 25.0


def cover_fields(name: str, amount: Decimal, schedule_title: str, cover: Cover) -> list[tuple[str, str]]:
    """(label, text) of what is filled in, in order; `amount` in rupees."""
    fields = [
        ("Name of the work", name),
        ("Estimate amount", f"\u20b9 {grouped(amount)}"),
        ("In words", in_words(amount)),
        ("Schedule of rates", schedule_title),
        ("Head of account", cover.head_of_account),
        ("Work id", cover.work_id),
        ("Place", cover.place),
    ]
    return [(label, text) for label, text in fields if text.strip()]


def cover_rows(pen: Pen, department: str, fields: list[tuple[str, str]]) -> Iterator[Row]:
    """The rows of the cover, in order."""
    titles = [(department, _DEPARTMENT)] * bool(department.strip()) + [("ESTIMATE", _TITLE)]
    for text, look in titles:
        yield Row((cell(pen, LEFT, WIDTH, text, look),), ruled=False, headed=False, above=_ABOVE_TITLE)
    for place, (label, text) in enumerate(fields):
        cells = (
            cell(pen, LEFT, _LABEL_WIDTH, label, _LABEL),
            cell(pen, LEFT + _LABEL_WIDTH, WIDTH - _LABEL_WIDTH, text, _FIELD),
        )
        yield Row(cells, headed=False, above=0.0 if place else _ABOVE_TITLE)

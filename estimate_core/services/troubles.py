"""Troubles of what the product stands on, told from faults of the program."""

from collections.abc import Iterator
from contextlib import contextmanager

from estimate_core.domain.errors import OutOfOrder
from estimate_core.storage import database, files


def trouble_of(error: BaseException) -> OutOfOrder | None:
    """The refusal to show for an error of the disk or the database; None for a fault of the program."""
    if isinstance(error, OutOfOrder):
        return error
    sentence = files.find_trouble(error) or database.find_trouble(error)
    return OutOfOrder(sentence) if sentence else None


@contextmanager
def troubles_told() -> Iterator[None]:
    """Errors of the disk or the database as refusals; faults of the program stay what they are."""
    try:
        yield
    except Exception as error:
        trouble = trouble_of(error)
        if trouble and trouble is not error:
            raise trouble from error
        raise

"""Troubles of what the product stands on, told from faults of the program."""

from estimate_core.domain.errors import OutOfOrder
from estimate_core.storage import database, files


def trouble_of(error: BaseException) -> OutOfOrder | None:
    """The refusal to show for an error of the disk or the database; None for a fault of the program."""
    if isinstance(error, OutOfOrder):
        return error
    sentence = files.find_trouble(error) or database.find_trouble(error)
    return OutOfOrder(sentence) if sentence else None

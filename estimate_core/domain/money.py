"""Money and quantities: reading what people type, rounding in one place, lakh and crore grouping, words.

All amounts are rupees as `Decimal`; grouping and words follow the Indian system (thousand, lakh 10^5, crore 10^7).
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from estimate_core.domain.errors import BadInput

PAISE = 2
MAX_QUANTITY = Decimal(100_000_000)
MAX_QUANTITY_PLACES = 4
MAX_AMOUNT = Decimal(10) ** 12
"""With two decimals an amount below this has 14 digits, so the workbook's doubles hold it to the paisa."""

_MAX_TYPED = 40
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{2,3})*,\d{3}|\d*)(\.\d*)?(e[+-]?\d{1,3})?", re.IGNORECASE)
_UNITS = (
    "Zero One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve Thirteen Fourteen Fifteen Sixteen "
    "Seventeen Eighteen Nineteen"
).split()
_TENS = "- - Twenty Thirty Forty Fifty Sixty Seventy Eighty Ninety".split()


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` rounded to `places` decimals, halves away from zero, as ROUND does in a workbook."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def read_number(text: object, what: str) -> Decimal:
    """A finite decimal from what a person typed (`1,20,000.50` is fine); BadInput names `what` otherwise."""
    cleaned = str(text).replace("\u20b9", "").strip()
    try:
        # Huge exponents take minutes or all memory to spell out, and `12,5` is not 125: neither gets as far as Decimal.
        if len(cleaned) > _MAX_TYPED or not _NUMBER.fullmatch(cleaned):
            raise InvalidOperation
        return Decimal(cleaned.replace(",", ""))
    except InvalidOperation:
        raise BadInput(f"The {what} {_quoted(text)} is not a number. Type digits, like 12.5.") from None


def read_quantity(text: object) -> Decimal:
    """A quantity, 0 or more, at most 4 decimals, below 10 crore, kept exactly as typed; empty is 0."""
    if text is None or str(text).strip() == "":
        return Decimal(0)
    number = read_number(text, "quantity")
    if number < 0:
        raise BadInput(f"The quantity {_quoted(text)} is negative. Type 0 or more; deductions go into the charges.")
    if number >= MAX_QUANTITY:
        raise BadInput(f"The quantity {_quoted(text)} is too large. Type a number below 10,00,00,000.")
    if _places(number) > MAX_QUANTITY_PLACES:
        raise BadInput(f"The quantity {_quoted(text)} has more than {MAX_QUANTITY_PLACES} decimals. Type fewer.")
    return plain(number)


def read_amount(text: object, what: str) -> Decimal | None:
    """An amount in rupees, 0 or more, at most 2 decimals; None where nothing was typed."""
    if text is None or str(text).strip() == "":
        return None
    number = read_number(text, what)
    if number < 0:
        raise BadInput(f"The {what} {_quoted(text)} is negative. Type 0 or more.")
    if number >= MAX_AMOUNT:
        raise BadInput(f"The {what} {_quoted(text)} is too large. Type an amount below 1,00,000 crore.")
    if _places(number) > PAISE:
        raise BadInput(f"The {what} {_quoted(text)} has more than 2 decimals. Type rupees and paise, like 150.25.")
    return plain(number)


def read_percent(text: object, what: str) -> Decimal | None:
    """A percentage from 0 to 100 with at most 4 decimals; None where nothing was typed."""
    if text is None or str(text).strip().rstrip("%").strip() == "":
        return None
    number = read_number(str(text).strip().rstrip("%"), what)
    if not 0 <= number <= 100:
        raise BadInput(f"The {what} {_quoted(text)} is not a percentage. Type a number from 0 to 100.")
    if _places(number) > 4:
        raise BadInput(f"The {what} {_quoted(text)} has more than 4 decimals. Type fewer.")
    return plain(number)


def plain(number: Decimal) -> Decimal:
    """The same number without an exponent and without a negative zero; decimals that were typed stay."""
    spelled = Decimal(format(number, "f"))
    return abs(spelled) if spelled == 0 else spelled


def grouped(value: Decimal, places: int = PAISE) -> str:
    """`4,29,293.50`: rounded half up, lakh and crore grouping, minus sign kept."""
    rounded = round_half_up(value, places)
    whole, _, decimals = format(abs(rounded), "f").partition(".")
    sign = "-" if rounded < 0 else ""
    return sign + group_digits(whole) + (f".{decimals}" if decimals else "")


def group_digits(whole: str) -> str:
    """`12345678` as `1,23,45,678`."""
    head, tail = whole[:-3], whole[-3:]
    pairs = []
    while head:
        pairs.append(head[-2:])
        head = head[:-2]
    return ",".join([*reversed(pairs), tail])


def in_words(amount: Decimal) -> str:
    """`Rupees Four Lakh ... and Paise Fifty Only`; an amount below zero begins with `Minus`."""
    rounded = round_half_up(abs(amount), PAISE)
    rupees = int(rounded)
    paise = int((rounded - rupees) * 100)
    text = f"Rupees {_number_words(rupees)}"
    if paise:
        text += f" and Paise {_number_words(paise)}"
    return ("Minus " if amount < 0 and rounded else "") + text + " Only"


def _number_words(number: int) -> str:
    if number < 20:
        return _UNITS[number]
    if number < 100:
        return _TENS[number // 10] + (f" {_UNITS[number % 10]}" if number % 10 else "")
    for size, name in ((10**7, "Crore"), (10**5, "Lakh"), (1000, "Thousand"), (100, "Hundred")):
        if number >= size:
            rest = f" {_number_words(number % size)}" if number % size else ""
            return f"{_number_words(number // size)} {name}{rest}"
    raise AssertionError(number)


def _places(number: Decimal) -> int:
    return len(format(number, "f").partition(".")[2].rstrip("0"))


def _quoted(text: object) -> str:
    shown = str(text)
    return f"\u201c{shown if len(shown) <= 40 else shown[:39] + chr(0x2026)}\u201d"

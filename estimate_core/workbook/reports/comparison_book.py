"""The comparison of two editions as a workbook: rate changes with live formulas, new and gone items, a summary."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any, BinaryIO

from openpyxl.styles import Alignment, Font
from openpyxl.workbook.workbook import Workbook

from estimate_core.domain.comparison import Comparison, Pair
from estimate_core.domain.schedule import Item
from estimate_core.workbook.reports.listing import put_head, put_number, put_row, put_text, save, set_up_page
from estimate_core.workbook.writing.markup import RUPEES

CHANGES, NEW, GONE, SUMMARY = "Rate changes", "New", "Gone", "Summary"

_CHANGE_TITLES = ("Item", "Code", "Group", "Unit", "Old rate", "New rate", "Change", "Change %", "Remark")
_CHANGE_WIDTHS = (48.0, 16.0, 20.0, 8.0, 16.0, 16.0, 16.0, 11.0, 48.0)
_ITEM_TITLES = ("Item", "Code", "Group", "Unit", "Rate", "Row in Master Datas")
_ITEM_WIDTHS = (60.0, 18.0, 24.0, 8.0, 16.0, 12.0)
_SUMMARY_WIDTHS = (44.0, 44.0)
_FALLEN = r"[>-99999.995]#,##0.00;[>-9999999.995]-##\,##\,##0.00;-##\,##\,##\,##0.00"
"""RUPEES for amounts below zero; with either a change of sign by a person loses the grouping, not the minus."""


def write_comparison(
    comparison: Comparison, old_title: str, new_title: str, created: datetime, stream: BinaryIO
) -> None:
    """Write the workbook; the same comparison, titles and time give the same bytes."""
    workbook = Workbook()
    changes: Any = workbook.active
    changes.title = CHANGES
    values = _write_changes(changes, comparison)
    _write_items(workbook.create_sheet(NEW), comparison.new)
    _write_items(workbook.create_sheet(GONE), comparison.gone)
    _write_summary(workbook.create_sheet(SUMMARY), comparison, old_title, new_title)
    save(workbook, f"{old_title} and {new_title} compared", created, {CHANGES: values}, stream)


def _write_changes(sheet: Any, comparison: Comparison) -> dict[str, float]:
    put_head(sheet, _CHANGE_TITLES, _CHANGE_WIDTHS, "EFGH")
    values: dict[str, float] = {}
    for row, pair in enumerate((pair for pair in comparison.pairs if pair.amount != 0 or pair.renamed), 2):
        item = pair.new
        texts = (item.name, item.code, item.group, item.unit, "", "", "", "", pair.remark)
        put_row(sheet, row, texts, _CHANGE_WIDTHS)
        _put_rate(sheet.cell(row, 5), pair.old)
        _put_rate(sheet.cell(row, 6), item)
        if pair.amount is not None:
            put_number(sheet.cell(row, 7), f"=F{row}-E{row}", _FALLEN if pair.amount < 0 else RUPEES)
            put_number(sheet.cell(row, 8), f"=F{row}/E{row}-1", "0.00%")
            values |= _values(row, pair)
    set_up_page(sheet)
    return values


def _values(row: int, pair: Pair) -> dict[str, float]:
    """The values of a pair's formulas; one that no cell can hold is left to the viewer's #NUM!."""
    change, share = pair.amount or Decimal(0), (pair.percent or Decimal(0)) / 100
    values = {f"G{row}": float(change), f"H{row}": float(share)}
    return {cell: value for cell, value in values.items() if isfinite(value)}


def _write_items(sheet: Any, items: Iterable[Item]) -> None:
    put_head(sheet, _ITEM_TITLES, _ITEM_WIDTHS, "EF")
    for row, item in enumerate(items, 2):
        put_row(sheet, row, (item.name, item.code, item.group, item.unit), _ITEM_WIDTHS)
        _put_rate(sheet.cell(row, 5), item)
        put_number(sheet.cell(row, 6), item.row, "0")
    set_up_page(sheet)


def _put_rate(cell: Any, item: Item) -> None:
    if item.rate is not None:
        put_number(cell, float(item.rate), RUPEES)


def _write_summary(sheet: Any, comparison: Comparison, old_title: str, new_title: str) -> None:
    put_head(sheet, ("Comparison", ""), _SUMMARY_WIDTHS)
    row = 2
    for label, text in (("Old edition", old_title), ("New edition", new_title)):
        put_row(sheet, row, (label, text), _SUMMARY_WIDTHS)
        row += 1
    row = _put_counts(sheet, row, comparison.counts())
    put_text(sheet.cell(row, 1), "Items by change of rate")
    sheet.cell(row, 1).font = Font(bold=True)
    _put_counts(sheet, row + 1, comparison.distribution())
    set_up_page(sheet)
    sheet.auto_filter.ref = None


def _put_counts(sheet: Any, row: int, counted: Iterable[tuple[str, int]]) -> int:
    """Write a row for each count; gives the row after the last."""
    for label, number in counted:
        put_text(sheet.cell(row, 1), label)
        put_number(sheet.cell(row, 2), number, "0")
        sheet.cell(row, 2).alignment = Alignment(horizontal="left")  # beside the titles of the editions
        row += 1
    return row

"""The mould: what pouring a workbook needs, prepared once per schedule.

An empty package saved by openpyxl (all sheets with widths, styles and page set-up, and no rows), and for each block
and each sheet that blocks refer to a template: its rows as text, cut at every row number that depends on where the
block lands, and before every text that depends on the estimate.
"""

from dataclasses import dataclass, field
from itertools import count

from estimate_core.domain.formula_values import Value
from estimate_core.workbook.formula.calculator import Formula
from estimate_core.workbook.formula.references import (
    MAX_COLUMN,
    MAX_ROW,
    Reference,
    quote_sheet,
    read_pieces,
    reference_parts,
    split_formula,
)
from estimate_core.workbook.output.package import CHECK, COVER, ESTIMATE, OUTPUT, Package, empty_package
from estimate_core.workbook.output.rows import OWN, SPECIFICATION_COL, Cut, Part, RowWriter, Unmovable
from estimate_core.workbook.reading.book import Block, Book
from estimate_core.workbook.reading.contents import Contents

MAX_SHEET_NAME = 31


@dataclass
class Template:
    """Rows as text: `parts` has a text at every even place and takes the value of `slots` at every odd one.

    A slot from 0 up is an index into `targets`, (block key, row offset) pairs; SERIAL stands for the rest of the
    cell that says `Data n`, of which `serial` has what stands before and after that, and the cell as the schedule has
    it; one below it for a variant, (in original work, in repair work).
    `height` is the number of rows, `last_col` the last column that holds a cell, `rate_row` the offset of the rate;
    `needs` are the blocks and `sheets` the sheets that formulas refer to, `merges` are (first column, row offset, last
    column, row offset), `notes` tell of frozen values as (column, row offset, text).
    """

    parts: list[str]
    slots: list[int]
    targets: list[tuple[int, int]]
    height: int
    last_col: int = 1
    rate_row: int = 0
    serial: tuple[str, str, str] = ("", "", "")
    variants: list[tuple[str, str]] = field(default_factory=list)
    needs: list[int] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    merges: list[tuple[str, int, str, int]] = field(default_factory=list)
    notes: list[tuple[str, int, str]] = field(default_factory=list)


@dataclass
class Mould:
    """A schedule ready to be poured: templates by heading row, and by name of the sheets that come along."""

    package: Package
    blocks: dict[int, Template]
    sheets: dict[str, Template]


def cut_mould(book: Book) -> Mould:
    """The mould of a schedule; the book's workbook is used up by it."""
    cutter = _Cutter(book)
    blocks = {block.first: cutter.block(block) for block in book.blocks}
    sheets: dict[str, Template] = {}
    waiting = [name for template in blocks.values() for name in template.sheets]
    while waiting:
        key = waiting.pop()
        if key not in sheets:
            sheets[key] = cutter.sheet(key)
            waiting.extend(sheets[key].sheets)
    helpers = {name: cutter.sources[name] for name in sorted({sheet_name(key) for key in sheets})}
    return Mould(empty_package(book.contents.workbook, book.master, helpers), blocks, sheets)


PREAMBLE = "\0preamble"
"""Added to the key of `Master Datas` when only the rows before its first heading are needed."""


def sheet_name(key: str) -> str:
    """The name in the output of a sheet with this key in `Mould.sheets`."""
    return key.removesuffix(PREAMBLE)


class _Cutter:
    """Cuts templates out of one book; knows which block each row of `Master Datas` belongs to."""

    def __init__(self, book: Book) -> None:
        self.contents: Contents = book.contents
        self.master = book.master
        self.preamble_end = book.blocks[0].first - 1
        self._block_at: dict[int, Block] = {
            row: block for block in book.blocks for row in range(block.first, block.limit + 1)
        }
        self._prefixes = {item.row: item.prefix for item in book.schedule.items}
        self._sheets = {name.casefold(): name for name in self.contents.grids.sheets}
        self._shown = _shown_names(self.contents.grids.sheets)
        self.sources = {shown: name for name, shown in self._shown.items()}
        self._rows = RowWriter(self.contents, self.formula)

    def block(self, block: Block) -> Template:
        """The template of a block, its first row at offset 0."""
        cut = Cut(self.master, block.first, block.last, own_block=block.first)
        self._rows.write(cut, block, self._prefixes.get(block.first, ""))
        height = max(block.last, cut.lowest_own_row) - block.first + 1
        return _template(cut, height, (block.rate_row or block.first) - block.first)

    def sheet(self, key: str) -> Template:
        """The template of a sheet that comes along as it is, its rows where they are in the schedule."""
        name = self.sources[sheet_name(key)]
        filled = max((row for row, _ in self.contents.grids.sheets[name]), default=1)
        last = self.preamble_end if key.endswith(PREAMBLE) else filled
        cut = Cut(name, 1, last, own_block=None)
        self._rows.write(cut)
        return _template(cut, last)

    def formula(self, cut: Cut, text: str) -> list[Part]:
        """A formula as texts and (block key, offset) targets, for the place where it will stand."""
        parts: list[Part] = []
        for part in split_formula(text):
            parts.extend([part] if isinstance(part, str) else self._reference(cut, part, cut.sheet))
        return parts

    def _reference(self, cut: Cut, ref: Reference, context: str, depth: int = 0) -> list[Part]:
        if ref.name is not None:
            return self._name(cut, ref, context, depth)
        sheet = self._sheets[ref.sheet.casefold()] if ref.sheet is not None else context
        if sheet == self.master:
            return self._into_master(cut, ref)
        if sheet == cut.sheet:
            return [ref_text(reference_parts(ref, ""))]
        cut.sheets.add(self._shown[sheet])
        return [ref_text(reference_parts(ref, f"{quote_sheet(self._shown[sheet])}!"))]

    def _into_master(self, cut: Cut, ref: Reference) -> list[Part]:
        block = self._holder(cut, ref)
        if block is None:
            return self._into_master_sheet(cut, ref)
        if self._meets_changed_cell(ref, block):
            raise Unmovable("it reads a cell that says something else in the output")
        own = cut.own_block == block.first
        prefix = "" if cut.own_block is not None else f"{OUTPUT}!"
        if own:
            cut.lowest_own_row = max(cut.lowest_own_row, ref.first_row or 0, ref.last_row or 0)
        else:
            cut.needs.add(block.first)
        key = OWN if own else block.first
        return [part if isinstance(part, str) else (key, part - block.first) for part in reference_parts(ref, prefix)]

    def _into_master_sheet(self, cut: Cut, ref: Reference) -> list[Part]:
        rows = (ref.first_row, ref.last_row)
        in_preamble = all(row is not None and row <= self.preamble_end for row in rows)
        if cut.sheet == self.master and cut.own_block is None:
            if not in_preamble and not self._is_whole_master(cut):
                cut.sheets.add(self._shown[self.master])
            return [ref_text(reference_parts(ref, ""))]
        name = self._shown[self.master]
        cut.sheets.add(name + PREAMBLE if in_preamble else name)
        return [ref_text(reference_parts(ref, f"{quote_sheet(name)}!"))]

    def _holder(self, cut: Cut, ref: Reference) -> Block | None:
        """The block whose copy a reference to `Master Datas` can be led to; None: to the sheet itself.

        The empty rows below a block come along for its own formulas only.
        """
        if ref.first_row is None or ref.last_row is None or self._is_whole_master(cut):
            return None
        block = self._block_at.get(min(ref.first_row, ref.last_row))
        if block is None:
            return None
        end = block.limit if cut.own_block == block.first else block.last
        return block if max(ref.first_row, ref.last_row) <= end else None

    def _meets_changed_cell(self, ref: Reference, block: Block) -> bool:
        """Whether a reference reads column A of the heading row, `Data n` there, or a text that takes a prefix."""
        changed = {(block.first, 1)}
        if block.specification_row and self._prefixes.get(block.first):
            changed.add((block.specification_row, SPECIFICATION_COL))
        rows = sorted((ref.first_row or 1, ref.last_row or MAX_ROW))
        cols = sorted((ref.first_col or 1, ref.last_col or MAX_COLUMN))
        return any(rows[0] <= row <= rows[1] and cols[0] <= col <= cols[1] for row, col in changed)

    def _is_whole_master(self, cut: Cut) -> bool:
        return cut.sheet == self.master and cut.own_block is None and cut.last > self.preamble_end

    def _name(self, cut: Cut, ref: Reference, context: str, depth: int) -> list[Part]:
        """A defined name is written out, since names do not come along."""
        names = self.contents.grids.names
        key = (ref.name or "").lower()
        text = names.get(f"{(ref.sheet or context).lower()}!{key}", names.get(key))
        if text is None or depth > 20:
            return [ref.name or ""]
        parts: list[Part] = []
        pieces = split_formula(text.removeprefix("="))
        for part in pieces:
            parts.extend([part] if isinstance(part, str) else self._reference(cut, part, context, depth + 1))
        alone = len(read_pieces(text.removeprefix("="))) == 1
        return parts if alone else ["(", *parts, ")"]


def ref_text(parts: list[str | int]) -> str:
    """A reference whose rows stay where they are."""
    return "".join(map(str, parts))


def _template(cut: Cut, height: int, rate_row: int = 0) -> Template:
    return Template(
        parts=cut.parts(),
        slots=cut.slots,
        targets=cut.targets,
        height=height,
        last_col=cut.last_col,
        rate_row=rate_row,
        serial=cut.serial,
        variants=cut.variants,
        needs=sorted(cut.needs),
        sheets=sorted(cut.sheets),
        merges=cut.merges,
        notes=cut.notes,
    )


def _shown_names(sheets: dict[str, dict[tuple[int, int], Value | Formula]]) -> dict[str, str]:
    """Sheet name -> its name in the output, where the names of our own sheets are taken."""
    taken = {name.casefold() for name in (COVER, ESTIMATE, OUTPUT, CHECK)}
    shown = {}
    for name in sheets:
        candidates = (name[:MAX_SHEET_NAME] if n == 1 else f"{name[:27]} ({n})" for n in count(1))
        shown[name] = next(candidate for candidate in candidates if candidate.casefold() not in taken)
        taken.add(shown[name].casefold())
    return shown

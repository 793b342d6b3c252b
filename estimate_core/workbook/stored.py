"""Schedules and moulds as JSON, so that an upload is read once and poured many times."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any, BinaryIO

from estimate_core.domain.drawing import Column, Drawing, DrawnCell, DrawnRow, Look
from estimate_core.domain.finding import Finding
from estimate_core.domain.schedule import Component, Item, Schedule
from estimate_core.workbook.output.mould import Mould, Template
from estimate_core.workbook.output.package import Frame, Package

FORMAT = 4
"""Raise it when what is stored changes its shape or meaning: older files are then made again from the original."""


def write_schedule(schedule: Schedule, stream: BinaryIO) -> None:
    """Write a schedule as JSON; rates as text, so that they stay exact."""
    stream.write(json.dumps(asdict(schedule), default=str, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def read_stored_schedule(stream: BinaryIO) -> Schedule:
    """The schedule that `write_schedule` wrote."""
    raw = _loaded(stream)
    return Schedule(tuple(map(_item, raw["items"])), tuple(Finding(**finding) for finding in raw["findings"]))


def write_mould(mould: Mould, stream: BinaryIO) -> None:
    """Write a mould as JSON."""
    stream.write(json.dumps(asdict(mould), ensure_ascii=False).encode("utf-8", "surrogatepass"))


def read_mould(stream: BinaryIO) -> Mould:
    """The mould that `write_mould` wrote."""
    raw = _loaded(stream)
    package = raw["package"]
    frames = {key: Frame(**frame) for key, frame in package["frames"].items()}
    return Mould(
        Package(**(package | {"frames": frames})),
        {int(row): _template(template) for row, template in raw["blocks"].items()},
        {key: _template(template) for key, template in raw["sheets"].items()},
    )


def write_drawings(drawings: dict[int, Drawing], stream: BinaryIO) -> None:
    """Write the drawings of one schedule as JSON; their common columns and looks once."""
    common = next(iter(drawings.values()), Drawing((), (), ()))
    blocks = {row: (drawing.rows, drawing.left_out) for row, drawing in drawings.items()}
    raw = {"columns": common.columns, "looks": common.looks, "blocks": blocks}
    stream.write(json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))


def read_drawings(stream: BinaryIO) -> dict[int, Drawing]:
    """The drawings that `write_drawings` wrote, by heading row."""
    raw = _loaded(stream)
    columns, looks = tuple(Column(*each) for each in raw["columns"]), tuple(Look(*each) for each in raw["looks"])
    return {
        int(row): Drawing(columns, looks, tuple(map(_drawn_row, rows)), left_out)
        for row, (rows, left_out) in raw["blocks"].items()
    }


def _loaded(stream: BinaryIO) -> Any:
    return json.loads(stream.read().decode("utf-8", "surrogatepass"))


def _item(raw: dict[str, Any]) -> Item:
    components = tuple(Component(**component) for component in raw.pop("components"))
    rate = raw.pop("rate")
    return Item(**raw, rate=None if rate is None else Decimal(rate), components=components)


def _template(raw: dict[str, Any]) -> Template:
    raw["serial"] = tuple(raw["serial"])
    for key in ("targets", "variants", "merges", "notes"):
        raw[key] = [tuple(entry) for entry in raw[key]]
    return Template(**raw)


def _drawn_row(raw: list[Any]) -> DrawnRow:
    row, height, hidden, cells = raw
    return DrawnRow(row, height, hidden, tuple(DrawnCell(*cell) for cell in cells))

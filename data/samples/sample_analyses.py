"""What the CSVs beside this file say: the analyses of the two sample schedules."""

import csv
import itertools
import re
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CEMENT_PER_CUM = {"1:3": 480, "1:4": 360, "1:5": 288, "1:6": 240}  # kg in a cum of mortar

Record = dict[str, str]


class Component(NamedTuple):
    """So much of a resource, at a rate per unit."""

    name: str
    kind: str
    quantity: float
    unit: str
    rate: float
    source: str = ""


class Analysis(NamedTuple):
    """What one block is made from; the rate is worked for `worked_for` units."""

    name: str
    specification: str
    group: str
    prefix: str
    unit: str
    worked_for: int
    components: list[Component]

    @property
    def is_mortar(self) -> bool:
        """Mortars stop at their prime cost, because the items that use them add the rest."""
        return self.group == "Mortars"


class Book(NamedTuple):
    """A schedule to be written; its resources, if any, get a sheet of their own."""

    stem: str
    trade: str
    code: str
    analyses: list[Analysis]
    resources: list[Record]


def read_rows(name: str) -> list[Record]:
    """The rows of a CSV beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def number(text: str) -> float:
    """A figure as a cell should hold it: 10, not 10.0."""
    return int(text) if text.isdigit() else float(text)


def read_analyses(letter: str, texts: dict[str, Record], resources: dict[str, Record]) -> list[Analysis]:
    """The analyses whose code starts with the letter, in the order of the CSV."""
    analyses = []
    rows = [row for row in read_rows("rate_analyses.csv") if row["code"].startswith(letter)]
    for code, group in itertools.groupby(rows, key=lambda row: row["code"]):
        lines = list(group)
        head, text = lines[0], texts[code]
        components = with_mortar(head["item"], [read_component(line, resources) for line in lines])
        kept = (text["name"], text["specification"], head["group"], head["repair_prefix"], head["unit"])
        analyses.append(Analysis(*kept, int(head["data_worked_for_qty"]), components))
    return analyses


def read_component(row: Record, resources: dict[str, Record]) -> Component:
    """A component, which must cost what its basic rate says, else the two CSVs have drifted apart."""
    resource, rate = resources[row["component"]], number(row["rate"])
    if (resource["unit"], number(resource["rate_inr_ex_gst"])) != (row["component_unit"], rate):
        raise ValueError(f"{row['code']}: {row['component']} differs from its basic rate")
    kind, quantity, unit = row["type"], number(row["qty"]), row["component_unit"]
    return Component(row["component"], kind, quantity, unit, rate, row["source"])


# Mortars: the CSV spells out cement, sand and mazdoor; the civil book has a block for each mix instead


def recipe(mix: str) -> dict[str, float]:
    """What a cum of mortar takes of each resource."""
    return {
        "Cement OPC 43/PPC": CEMENT_PER_CUM[mix],
        "Coarse sand / M-sand (zone III)": 1.05,
        "Mazdoor (unskilled man/woman, beldar, coolie)": 0.2,
    }


def with_mortar(item: str, components: list[Component]) -> list[Component]:
    """The components with those that make up a mortar replaced by it."""
    parts = [part for part in components if "mortar x" in part.source]
    if not parts:
        return components
    mix, volume = re.findall(r"CM (1:\d)", item)[0], re.findall(r"mortar x ([\d.]+) cum", parts[0].source)[0]
    for part in parts:
        if abs(part.quantity - float(volume) * recipe(mix)[part.name]) > 0.001:
            raise ValueError(f"{item}: {part.name} does not fit mortar {mix}")
    first = components.index(parts[0])
    mortar = Component(f"Cement mortar {mix}", "material", number(volume), "cum", 0)
    rest = [component for component in components if component not in parts]
    return [*rest[:first], mortar, *rest[first:]]


def mortar_blocks(texts: dict[str, Record], resources: dict[str, Record]) -> list[Analysis]:
    """An analysis of each mix, worked for 1 cum."""
    blocks = []
    for mix in CEMENT_PER_CUM:
        parts = []
        for name, quantity in recipe(mix).items():
            basic = resources[name]
            rate = number(basic["rate_inr_ex_gst"])
            parts.append(Component(name, basic["type"], quantity, basic["unit"], rate))
        text = texts[f"CM {mix}"]
        blocks.append(Analysis(text["name"], text["specification"], "Mortars", "", "Cum", 1, parts))
    return blocks


def read_books() -> list[Book]:
    """The two books that the CSVs give."""
    texts = {row["code"]: row for row in read_rows("specifications.csv")}
    resources = {row["resource"]: row for row in read_rows("basic_rates.csv")}
    civil, electrical = read_analyses("C", texts, resources), read_analyses("E", texts, resources)
    # Mortars go between masonry and plaster, so that items refer to blocks below and above them.
    place = 1 + max(i for i, analysis in enumerate(civil) if analysis.group == "Masonry")
    civil[place:place] = mortar_blocks(texts, resources)
    used = {component.name for analysis in civil for component in analysis.components}
    basic = [row for name, row in resources.items() if name in used]
    return [
        Book("electrical", "Electrical", "EL", electrical, []),
        Book("civil", "Civil", "CV", civil, basic),
    ]

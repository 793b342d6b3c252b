"""What a person sees as a yellow cell with red text: RGB, indexed and theme colours with tint, judged by hue."""

import colorsys
import re
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.styles.colors import COLOR_INDEX

_THEME_ORDER = ("lt1", "dk1", "lt2", "dk2", *(f"accent{n}" for n in range(1, 7)), "hlink", "folHlink")
_THEME_COLOUR = re.compile(
    rf"<a:({'|'.join(_THEME_ORDER)})>.*?(?:lastClr|srgbClr val)=\"([0-9A-Fa-f]{{6}})\"", re.DOTALL
)

_FONT, _FILL = 0, 1
"""Places of the font's and the fill's number in openpyxl's array of a cell's style."""
_Rgb = tuple[float, float, float]


class Palette:
    """Resolves the colours of one openpyxl workbook; answers are kept per fill and font."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._indexed = list(getattr(workbook, "_colors", None) or COLOR_INDEX)
        self._theme = _theme_colours(workbook.loaded_theme)
        self._known: dict[tuple[int, int], tuple[bool, bool]] = {}

    def is_heading(self, cell: Any) -> bool:
        """True for a non-empty cell with solid yellow fill and red text (workbook contract, section 1)."""
        return all(self.looks(cell)) and is_filled(cell)

    def looks(self, cell: Any) -> tuple[bool, bool]:
        """(has solid yellow fill, has red text) of a cell, whatever it holds."""
        style = cell._style
        if style is None:
            return False, False  # a cell that is there for its comment alone
        key = (style[_FILL], style[_FONT])  # its properties of these names take five times as long
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._judged(*key)
        return known if known[1] else (known[0], self._has_red_run(cell.value))

    def _judged(self, fill_id: int, font_id: int) -> tuple[bool, bool]:
        fills, fonts = self._workbook._fills, self._workbook._fonts
        if not (0 <= fill_id < len(fills) and 0 <= font_id < len(fonts)):
            return False, False  # a damaged style names a fill or font that is not there
        fill, font = fills[fill_id], fonts[font_id]
        solid = getattr(fill, "fill_type", None) == "solid"
        return solid and is_yellow(self.rgb(fill.fgColor)), is_red(self.rgb(font.color))

    def _has_red_run(self, value: object) -> bool:
        if not isinstance(value, CellRichText):
            return False
        return any(is_red(self.rgb(run.font.color)) for run in value if isinstance(run, TextBlock) and str(run).strip())

    def rgb(self, colour: Any) -> _Rgb | None:
        """Red, green, blue in 0..1 of an openpyxl colour, tint applied; None for automatic and unknown ones."""
        if colour is None:
            return None
        spelled = self._spelled(colour)
        if not re.fullmatch(r"[0-9A-Fa-f]{6,8}", spelled or ""):
            return None
        red, green, blue = (int(spelled[-6:][at : at + 2], 16) / 255 for at in (0, 2, 4))
        return _tinted((red, green, blue), colour.tint or 0.0)

    def _spelled(self, colour: Any) -> str:
        if colour.type == "rgb":
            return str(colour.rgb)
        if colour.type == "indexed" and 0 <= colour.indexed < len(self._indexed):
            return str(self._indexed[colour.indexed])
        if colour.type == "theme":
            return self._theme.get(colour.theme, "")
        return ""


def is_filled(cell: Any) -> bool:
    """True where a cell holds more than spaces."""
    return cell.value is not None and bool(str(cell.value).strip())


def is_yellow(rgb: _Rgb | None) -> bool:
    """What a person would call yellow, from lemon to amber, not beige, olive or ivory."""
    if rgb is None:
        return False
    hue, light, saturation = colorsys.rgb_to_hls(*rgb)
    return 43 <= hue * 360 <= 70 and 0.35 <= light <= 0.96 and saturation >= 0.5


def is_red(rgb: _Rgb | None) -> bool:
    """What a person would call red, from crimson to dark red, not pink, brown or orange."""
    if rgb is None:
        return False
    hue, light, saturation = colorsys.rgb_to_hls(*rgb)
    return (hue * 360 <= 18 or hue * 360 >= 340) and 0.2 <= light <= 0.7 and saturation >= 0.4


def _tinted(rgb: _Rgb, tint: float) -> _Rgb:
    """Tint as ECMA-376 18.8.19 defines it: the lightness moves towards black (below 0) or white."""
    if not tint:
        return rgb
    hue, light, saturation = colorsys.rgb_to_hls(*rgb)
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return colorsys.hls_to_rgb(hue, min(max(light, 0.0), 1.0), saturation)


def _theme_colours(theme: bytes | str | None) -> dict[int, str]:
    text = theme.decode("utf-8", "replace") if isinstance(theme, bytes) else (theme or _OFFICE_THEME)
    found: dict[str, str] = {}
    for name, colour in _THEME_COLOUR.findall(text):
        found.setdefault(name, colour)
    return {place: found[name] for place, name in enumerate(_THEME_ORDER) if name in found}


_OFFICE_THEME = "".join(
    f'<a:{name}><a:srgbClr val="{colour}"/></a:{name}>'
    for name, colour in zip(
        _THEME_ORDER,
        "FFFFFF 000000 EEECE1 1F497D 4F81BD C0504D 9BBB59 8064A2 4BACC6 F79646 0000FF 800080".split(),
        strict=True,
    )
)
"""The colours that Office uses where a workbook brings no theme of its own."""

"""Buttons in the rows of a table: each column is a button, and a press tells the id of its row."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from pages.frame import guarded

Act = Callable[[str], object]
"""What a press does, given the row's id."""


def button_column(place: str, key: str, ids: tuple[str, ...], act: Act, **looks: Any) -> Any:
    """A column of buttons, for rows with these ids; what `act` refuses is shown at `place`."""

    def press() -> None:
        row: int = st.session_state[key]["row"]
        guarded(place, act)(ids[row])

    return st.column_config.ButtonColumn(**({"type": "tertiary", "key": key, "on_click": press} | looks))


def small_button(place: str, key: str, ids: tuple[str, ...], act: Act, hint: str) -> Any:
    """A narrow column of icons without a heading."""
    return button_column(place, key, ids, act, label="", width=30, help=hint)

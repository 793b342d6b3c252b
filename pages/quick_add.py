"""A search box for fast hands: it searches while one types, Enter adds the first hit and goes to its quantity,
Enter there comes back to the search. Its events are the callbacks' business; it keeps nothing but the words."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import streamlit as st

_NAME = "estimate_desk_quick_add"
KEY = "quick add"

_HTML = """
<div id="row">
  <input id="words" type="search" autocomplete="off" spellcheck="false">
  <div id="asking" hidden>
    <label id="what" for="quantity"></label>
    <input id="quantity" type="text" inputmode="decimal" autocomplete="off"><span id="unit"></span>
  </div>
</div>
"""

_CSS = """
#row, #asking { display: flex; align-items: center; gap: 0.5rem; white-space: nowrap; }
#asking[hidden] { display: none; }
#quantity { width: 6.5rem; text-align: right; }
#words { flex: 1 1 auto; min-width: 0; }
input {
  box-sizing: border-box; height: 2.5rem; padding: 0 0.75rem; font: inherit; color: var(--st-text-color);
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius); outline: none;
}
input:focus { border-color: var(--st-primary-color); }
"""

_JS = """
const PAUSE = 200
const waiting = new WeakMap()

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component
  const find = id => parentElement.querySelector("#" + id)
  const words = find("words"), quantity = find("quantity"), asking = find("asking")
  const state = waiting.get(parentElement) ?? { timer: null, line: null, sent: data.words }
  if (!waiting.has(parentElement)) words.value = data.words
  waiting.set(parentElement, state)

  words.placeholder = data.placeholder
  words.setAttribute("aria-label", data.placeholder)
  const search = () => {
    clearTimeout(state.timer)
    if (state.sent !== words.value) { state.sent = words.value; setStateValue("words", words.value) }
  }
  words.oninput = () => { clearTimeout(state.timer); state.timer = setTimeout(search, PAUSE) }
  words.onkeydown = event => {
    if (event.key !== "Enter" || event.isComposing || !words.value.trim()) return
    clearTimeout(state.timer)
    state.sent = words.value
    setStateValue("words", words.value)
    setTriggerValue("entered", words.value)
  }

  const line = data.line
  const send = how => {
    if (!state.line || (how === "blur" && !quantity.value.trim())) return
    state.back = how !== "blur"
    setTriggerValue("typed", { line: state.line, text: quantity.value })
  }
  quantity.onkeydown = event => {
    if (event.key === "Enter" && !event.isComposing) send("enter")
    if (event.key === "Escape") { quantity.value = ""; send("escape") }
  }
  quantity.onblur = () => send("blur")
  asking.hidden = !line
  if (line) {
    find("what").textContent = line.label
    find("unit").textContent = line.unit
    quantity.setAttribute("aria-label", "Quantity of " + line.label + ", " + line.name)
    asking.title = line.name
  }
  const id = line ? line.id : null
  if (id !== state.line) {
    state.line = id
    quantity.value = ""
    if (id) quantity.focus()
    // What was refused stays here to be mended; what was stored leads back to the search.
    else if (state.back) { words.focus(); words.select() }
  }
  return () => clearTimeout(state.timer)
}
"""


@dataclass(frozen=True)
class AskedLine:
    """The line whose quantity is asked for, last added."""

    id: str
    label: str
    name: str
    unit: str


def show_quick_add(
    placeholder: str, line: AskedLine | None, on_enter: Callable[[str], None], on_type: Callable[[str, str], None]
) -> str:
    """The search box, and the quantity of `line` below it; gives the words searched for.

    `on_enter` is called with the words, `on_type` with the line's id and the quantity as typed.
    """
    component = st.components.v2.component(_NAME, html=_HTML, css=_CSS, js=_JS)
    words = st.session_state.get(KEY, {}).get("words", "")
    result = component(
        key=KEY,
        data={"placeholder": placeholder, "words": words, "line": asdict(line) if line else None},
        default={"words": ""},
        on_words_change=_nothing,
        on_entered_change=lambda: on_enter(str(st.session_state[KEY]["entered"])),
        on_typed_change=lambda: _typed(on_type),
        height="content",
    )
    return str(result["words"] or "")


def _nothing() -> None:
    """The words alone need no action; the run that they cause shows the hits."""


def _typed(on_type: Callable[[str, str], None]) -> None:
    typed = st.session_state[KEY]["typed"]
    on_type(str(typed["line"]), str(typed["text"]))

"""The frame around every page: refusals shown where they happened, faults without tracebacks, one dialog at a time."""

import logging
from collections.abc import Callable, Iterable
from typing import ParamSpec
from uuid import uuid4

import streamlit as st

from estimate_core.domain.errors import DeskError, NotAllowed, SignedOut
from estimate_core.services.troubles import trouble_of
from pages.words import escaped

_log = logging.getLogger(__name__)
P = ParamSpec("P")

DIALOG = "dialog"
PAGES = "pages"
_NOTES = "notes"
_REFUSAL = "refusal"
_NOTE = "note"
_STANDING = "standing refusals"
_PAGE = "page"
_FAULT = (
    "Something went wrong in the program (reference {reference}). Reload the page and try again; "
    "if it happens again, give the reference to whoever looks after Estimate Desk."
)


def guarded(place: str, action: Callable[P, object]) -> Callable[P, None]:
    """The action as a widget's callback: what it refuses is shown at `place` until the next action."""

    def act(*args: P.args, **kwargs: P.kwargs) -> None:
        forget_refusal()
        try:
            action(*args, **kwargs)
        except DeskError as refusal:
            refuse(place, str(refusal))

    return act


def refuse(place: str, sentence: str) -> None:
    """Have a refusal shown at `place` until the next action."""
    st.session_state[_REFUSAL] = (place, sentence)


def forget_refusal() -> None:
    """Show no refusal and no note any more: something else is being done."""
    st.session_state.pop(_REFUSAL, None)
    st.session_state.pop(_NOTE, None)


def show_refusal(place: str) -> None:
    """Show what the last action refused, if it belongs to `place`."""
    refused_at, sentence = st.session_state.get(_REFUSAL, ("", ""))
    if refused_at == place:
        st.error(escaped(sentence), icon=":material/error:")


def typed_into(key: str, store: Callable[[], object]) -> None:
    """Store what was typed into a field. What is refused stands, beside the typed text, until it is mended.

    What no other text mends, since the person may not type there any more, is told once.
    """
    forget_refusal()
    standing = dict(st.session_state.get(_STANDING, {}))
    standing.pop(key, None)
    try:
        store()
    except (NotAllowed, SignedOut) as refusal:
        notify(str(refusal))
    except DeskError as refusal:
        standing[key] = str(refusal)
    st.session_state[_STANDING] = standing


def standing_refusals(keys: Iterable[str] | None = None) -> list[str]:
    """What stands refused in these fields, or in any field that the page shows."""
    standing: dict[str, str] = st.session_state.get(_STANDING, {})
    shown = st.session_state if keys is None else set(keys)
    return [sentence for key, sentence in standing.items() if key in shown]


def show_standing_refusals(keys: Iterable[str]) -> None:
    """Show what stands refused in these fields."""
    for sentence in standing_refusals(keys):
        st.error(escaped(sentence), icon=":material/error:")


def note(place: str, sentence: str) -> None:
    """Have a quiet note stand at `place` until the next action."""
    st.session_state[_NOTE] = (place, sentence)


def noted(place: str) -> str:
    """The note that stands at `place`, or nothing."""
    noted_at, sentence = st.session_state.get(_NOTE, ("", ""))
    return sentence if noted_at == place else ""


def enter_page(name: str) -> None:
    """Leave dialogs and refusals behind where the person came from another page."""
    if st.session_state.get(_PAGE) != name:
        st.session_state[_PAGE] = name
        forget_refusal()
        close_dialog()


def page_name() -> str:
    """The page that the person is on, by the last part of its address."""
    return str(st.session_state.get(_PAGE, ""))


def notify(sentence: str) -> None:
    """Have a short note shown in the next whole run, which goes away by itself."""
    st.session_state[_NOTES] = [*st.session_state.get(_NOTES, []), sentence]


def show_notes() -> None:
    """Show the notes of the callbacks before this run."""
    for sentence in st.session_state.pop(_NOTES, []):
        st.toast(escaped(sentence))


def open_dialog(kind: str, about: object = None) -> None:
    """Have one dialog open from the next run on; it takes the place of any other."""
    st.session_state[DIALOG] = (kind, about)


def open_form(kind: str, about: object = True) -> None:
    """As `open_dialog`, for a button of the page: what was refused before is shown no more."""
    forget_refusal()
    open_dialog(kind, about)


def close_dialog() -> None:
    """Have no dialog open from the next run on."""
    st.session_state.pop(DIALOG, None)


def dialog_about(kind: str) -> object:
    """What the open dialog of this kind is about, or None where it is not open."""
    opened, about = opened_dialog()
    return about if opened == kind else None


def opened_dialog() -> tuple[str, object]:
    """The kind of the dialog that is open and what it is about; no kind where none is open."""
    opened: tuple[str, object] = st.session_state.get(DIALOG, ("", None))
    return opened


def show_way(page: str, label: str, icon: str) -> None:
    """A button that leads to another page, by the last part of its address."""
    if st.button(label, icon=icon, key=f"to {page}"):
        st.switch_page(st.session_state[PAGES][page])


def show_fault(error: Exception) -> bool:
    """Show a refusal as its sentence; log any other error under a reference and show a sentence that carries it.

    The application calls it for whole runs, fragments and callbacks; True says that the error was shown.
    """
    if isinstance(error, DeskError):
        st.error(escaped(str(error)), icon=":material/error:")
        return True
    trouble = trouble_of(error)
    if trouble:
        _log.error("a page could not be served: %s", error)
        st.error(escaped(str(trouble)), icon=":material/error:")
        return True
    reference = uuid4().hex[:8]
    _log.error("a page went wrong, reference %s", reference, exc_info=error, extra={"reference": reference})
    st.error(_FAULT.format(reference=reference), icon=":material/error:")
    return True

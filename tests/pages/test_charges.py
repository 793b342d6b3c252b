"""The Charges tab: rows typed and chosen, profiles chosen and kept; the Cover tab; lines by groups."""

from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from estimate_core.desk import Desk
from estimate_core.domain.charges import ITEMS, Charge, find_charge
from estimate_core.domain.office import Cover, Office
from estimate_core.domain.people import User
from estimate_core.services import charging, estimates, office, profiles
from estimate_core.services.estimates import OpenEstimate
from tests.conftest import CABLE, FAN, LIGHT_POINT, ROW_OF
from tests.pages.conftest import Show, texts, type_into_charges, type_into_lines


def reopened(desk: Desk, user: User) -> OpenEstimate:
    opened = estimates.last_estimate(desk, user)
    assert opened
    return opened


def row_of(desk: Desk, user: User, key: str) -> Charge:
    row = find_charge(reopened(desk, user).estimate.charges, key)
    assert row
    return row


def on_tab(page: AppTest, name: str) -> AppTest:
    page.session_state["tab"] = name
    return page.run()


@pytest.fixture
def charges(show: Show, opened: OpenEstimate) -> AppTest:
    """The Charges tab of the open estimate."""
    return on_tab(show("estimate"), "Charges")


def place_of(page: AppTest, key: str) -> int:
    return list(page.data_editor[0].value.index).index(key)


def choice_of(page: AppTest):  # type: ignore[no-untyped-def]
    return next(choice for choice in page.selectbox if choice.label == "Charge profile")


def field(page: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(field for field in page.text_input if field.label == label)


def test_all_rows_of_charges_are_there_with_what_they_are_computed_on(charges: AppTest) -> None:
    table = charges.data_editor[0].value

    assert not charges.exception
    assert list(table["Label"])[:2] == ["Deduct Old Material Cost (-)", "ECV"]
    assert list(table.loc["gst"][["On", "Kind", "Value", "Sign", "Rounded to"]]) == [
        True,
        "percent",
        "18",
        "add",
        "rupee",
    ]
    assert list(table.loc["ecv"]["On what"]) == ["items", "deduction"]
    assert "| **Grand Total** | **4,091.13** |" in texts(charges)


def test_typed_and_chosen_cells_are_stored_and_the_editor_stays_as_it_was(
    charges: AppTest, desk: Desk, user: User
) -> None:
    key, gst, qc = charges.data_editor[0].key, place_of(charges, "gst"), place_of(charges, "qc")

    page = type_into_charges(charges, (gst, "Value", "12"))
    page = type_into_charges(page, (gst, "Value", "12"), (gst, "On what", [ITEMS]), (qc, "On", False))

    assert (row_of(desk, user, "gst").value, row_of(desk, user, "gst").of) == (Decimal(12), (ITEMS,))
    assert not row_of(desk, user, "qc").on
    assert page.data_editor[0].key == key
    assert page.data_editor[0].value.loc["gst"]["Value"] == "18"
    assert "Add GST @ 12 %" in texts(page).replace("\\", "")


@pytest.mark.parametrize(
    ("key", "column", "value", "sentence"),
    [
        ("gst", "Value", "lots", "The GST “lots” is not a number"),
        ("gst", "Value", "1000", "from 0 to 100"),
        ("gst", "Label", "", "no label"),
        ("gst", "On what", [], "computed on nothing"),
        ("ecv", "On what", ["gst"], "does not stand above it"),
        ("ecv", "Sign", "deduct", "follows from other rows"),
        ("grand_total", "On", False, "always takes part"),
        ("grand_total", "On", None, "always takes part"),
        ("gst", "Rounded to", "–", "Choose one of them"),
    ],
)
def test_a_refused_cell_is_told_and_the_charges_stay(
    charges: AppTest, desk: Desk, user: User, opened: OpenEstimate, key: str, column: str, value: object, sentence: str
) -> None:
    page = type_into_charges(charges, (place_of(charges, key), column, value))

    assert not page.exception
    assert sentence in page.error[0].value.replace("\\", "")
    assert reopened(desk, user).estimate == opened.estimate


def test_a_change_from_elsewhere_makes_the_editor_anew(charges: AppTest, desk: Desk, user: User) -> None:
    page = type_into_charges(charges, (place_of(charges, "gst"), "Value", "12"))

    page.button(key="undo").click().run()

    assert page.data_editor[0].value.loc["gst"]["Value"] == "18"


def test_coming_back_to_the_lines_shows_what_is_stored(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = type_into_lines(show("estimate"), (0, "Quantity", "9"))

    page.segmented_control(key="tab").set_value("Charges").run()
    page.segmented_control(key="tab").set_value("Lines").run()

    assert list(page.data_editor[0].value["Quantity"]) == ["9", "10.5"]


def test_a_phone_goes_to_the_charges_by_its_steps(show: Show, opened: OpenEstimate) -> None:
    page = show("estimate")

    page.segmented_control(key="step").set_value("Charges").run()
    charges = list(page.data_editor[0].value.columns)
    page.segmented_control(key="step").set_value("Totals").run()

    assert "On what" in charges
    assert "Quantity" in page.data_editor[0].value.columns
    assert page.session_state["tab"] == "Lines"


@pytest.mark.parametrize("kind", ["fixed", "percent"])
def test_a_row_is_added_at_a_press(charges: AppTest, desk: Desk, user: User, kind: str) -> None:
    page = charges.button(key=f"add {kind}").click().run()

    assert row_of(desk, user, "charge_1").kind == kind
    assert page.data_editor[0].value.loc["charge_1"]["Kind"] == kind


def test_a_profile_is_chosen_and_undone(charges: AppTest, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = choice_of(charges).select("contingency").run()
    chosen = texts(page)
    page.button(key="undo").click().run()

    assert "Add Contingencies @ 3 %" in chosen.replace("\\", "")
    assert reopened(desk, user).estimate == opened.estimate


def test_a_changed_profile_says_so_and_leads_back(
    charges: AppTest, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    before = [caption.value for caption in charges.caption]

    page = type_into_charges(charges, (place_of(charges, "gst"), "Value", "12"))
    changed = [caption.value for caption in page.caption]
    page.button(key="back to profile").click().run()

    assert ("changed" in before, "changed" in changed) == (False, True)
    assert reopened(desk, user).estimate == opened.estimate
    assert "back to profile" not in [button.key for button in page.button]


def test_charges_are_kept_under_a_name_then_renamed_and_deleted(charges: AppTest, desk: Desk, user: User) -> None:
    page = type_into_charges(charges, (place_of(charges, "gst"), "Value", "12"))
    field(page, "Name of the profile").set_value("Ours").run()

    page.button(key="save profile").click().run()
    kept = choice_of(page).options
    field(page, "New name").set_value("Theirs").run()
    page.button(key="rename profile").click().run()
    renamed = choice_of(page).options
    page.button(key="delete profile").click().run()

    assert (kept[-1], renamed[-1]) == ("Ours", "Theirs")
    assert choice_of(page).options[0] == "a profile that was deleted"
    assert [profile.name for profile in profiles.list_profiles(desk, user) if not profile.shipped] == []
    assert row_of(desk, user, "gst").value == 12


def test_a_name_that_is_taken_is_told_and_overwritten_only_if_typed_again(
    charges: AppTest, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    profiles.save_profile(desk, user, opened.id, "Ours")
    page = type_into_charges(charges.run(), (place_of(charges, "gst"), "Value", "12"))
    field(page, "Name of the profile").set_value("Ours").run()

    page.button(key="save profile").click().run()
    told = page.error[0].value
    field(page, "Its name again, to overwrite one").set_value("Ours").run()
    page.button(key="save profile").click().run()

    own = profiles.list_profiles(desk, user)[-1]
    gst = find_charge(own.rows, "gst")
    assert "Type its name again" in told
    assert not page.error
    assert gst and gst.value == 12


def test_quick_typing_offers_the_rows_of_the_profile(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    profiles.apply_profile(desk, user, opened.id, "contingency")
    charging.add_charge(desk, user, opened.id, "fixed")
    page = show("estimate")

    field(page, "Contingencies %").set_value("5").run()
    field(page, "New provision").set_value("100").run()

    assert row_of(desk, user, "contingency").value == 5
    assert (row_of(desk, user, "charge_1").value, row_of(desk, user, "charge_1").on) == (100, True)
    assert "GST %" not in [field.label for field in page.text_input]


def test_the_cover_is_typed_and_the_office_holds_for_all(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = on_tab(show("estimate"), "Cover")

    field(page, "Head of account").set_value(" MH 2059 ").run()
    field(page, "Department").set_value("Roads and Buildings").run()
    page.text_area[1].set_value("Checked by\nA.E.E.").run()
    page.text_area[0].set_value("").run()
    next(toggle for toggle in page.toggle if "cover" in toggle.label).set_value(False).run()

    assert not page.exception
    assert reopened(desk, user).estimate.cover == Cover(False, "MH 2059")
    assert office.get_office(desk, user) == Office("Roads and Buildings", ("Checked by\nA.E.E.", "Approved by"))


def test_a_cover_that_is_too_long_is_told_beside_what_was_typed(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = on_tab(show("estimate"), "Cover")

    field(page, "Place").set_value("x" * 301).run()
    page.text_area[0].set_value("a\nb\nc\nd").run()

    assert [error.value.replace("\\", "").split(".")[0] for error in page.error] == [
        "The place has 301 characters",
        "The signature block “a” has 4 lines",
    ]
    assert field(page, "Place").value == "x" * 301
    assert reopened(desk, user).estimate == opened.estimate
    assert office.get_office(desk, user) == Office()


def test_grouped_lines_are_shown_as_they_are_printed_with_subtotals(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    _, second_fan = estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    page = show("estimate")

    next(toggle for toggle in page.toggle if toggle.label.startswith("Group lines")).set_value(True).run()
    type_into_lines(page, (1, "Quantity", "4"))

    assert list(page.data_editor[0].value["Item"]) == [FAN.name, FAN.name, CABLE.name]
    assert [str(line.quantity) for line in reopened(desk, user).estimate.lines if line.id == second_fan] == ["4"]
    assert "| Sub Total of Fans | 7,503.00 |" in texts(page)
    assert "| Sub Total of Cables | 895.13 |" in texts(page)


def test_a_dialog_tells_the_number_that_a_line_is_printed_with(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    for block in (FAN, LIGHT_POINT):
        _, last = estimates.add_item(desk, user, opened.id, ROW_OF[block.name])
    _, fan = estimates.add_item(desk, user, opened.id, ROW_OF[FAN.name])
    office.set_grouped(desk, user, opened.id, True)
    page = show("estimate")
    page.session_state["dialog"] = ("line", fan)
    page.run()
    told = texts(page)
    page.session_state["dialog"] = ("twice", ROW_OF[LIGHT_POINT.name])

    page.run()

    assert "Line 3 " in told
    assert "is line 5 already" in texts(page)
    assert last != fan

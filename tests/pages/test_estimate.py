"""The Estimate page: picking, typing, undoing, charging, and asking for the workbook."""

from decimal import Decimal

import pytest
from streamlit.testing.v1.element_tree import TextInput

from estimate_core.desk import Desk
from estimate_core.domain.estimate import price
from estimate_core.domain.people import User
from estimate_core.services import estimates, jobs, schedules
from estimate_core.services.estimates import OpenEstimate
from estimate_core.services.schedules import ScheduleCard
from tests.conftest import FAN, LIGHT_POINT, ROW_OF, UNPRICED, Block, Clock, MakeWorkbook
from tests.pages.conftest import Show, pick, texts, type_into_lines


def reopened(desk: Desk, user: User) -> OpenEstimate:
    opened = estimates.last_estimate(desk, user)
    assert opened
    return opened


def said(field: TextInput) -> str:
    """The label of a field, as a person reads it."""
    return field.label.replace("\\", "")


def quantities(desk: Desk, user: User) -> list[str]:
    return [str(line.quantity) for line in reopened(desk, user).estimate.lines]


def test_without_a_schedule_the_page_says_what_to_do_first(show: Show) -> None:
    page = show("estimate")

    assert "no schedule of rates yet" in texts(page)


def test_an_empty_desk_says_how_to_start_and_makes_no_estimate(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard
) -> None:
    page = show("estimate")

    assert not page.exception
    assert "No lines yet" in texts(page)
    assert "demonstration data" not in texts(page)
    assert estimates.list_estimates(desk, user) == []


def test_a_sample_estimate_is_one_press_away(show: Show, desk: Desk, user: User, schedule: ScheduleCard) -> None:
    page = show("estimate")

    page.button[[button.label for button in page.button].index("Open a sample estimate")].click().run()

    assert not page.exception
    assert "Lines (3)" in texts(page)
    assert reopened(desk, user).estimate.name == "Sample estimate: Electrical 2025-26"


def test_the_first_item_picked_makes_the_estimate(show: Show, desk: Desk, user: User, schedule: ScheduleCard) -> None:
    page = pick(show("estimate"), ROW_OF[FAN.name])

    opened = reopened(desk, user)
    assert [line.row for line in opened.estimate.lines] == [ROW_OF[FAN.name]]
    assert page.session_state["line whose quantity is asked"] == (opened.estimate.lines[0].id, 0)


def test_picking_an_item_twice_asks_first(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = pick(show("estimate"), ROW_OF[FAN.name])

    assert page.session_state["dialog"] == ("twice", ROW_OF[FAN.name])
    assert len(reopened(desk, user).estimate.lines) == 2


def test_the_question_leads_to_a_second_line(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate")
    page.session_state["dialog"] = ("twice", ROW_OF[FAN.name])
    page.run()

    page.button(key="second line").click().run()

    assert [line.row for line in reopened(desk, user).estimate.lines].count(ROW_OF[FAN.name]) == 2
    assert "Lines (3)" in texts(page)


def test_the_question_leads_to_the_first_line(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate")
    page.session_state["dialog"] = ("twice", ROW_OF[FAN.name])
    page.run()

    page.button(key="first line").click().run()

    assert page.session_state["line whose quantity is asked"] == (opened.estimate.lines[0].id, 2)
    assert len(reopened(desk, user).estimate.lines) == 2


def test_an_item_without_a_rate_is_shown_and_cannot_be_picked(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    items = show("estimate").dataframe[0].value

    pick(show("estimate"), ROW_OF[UNPRICED.name])

    row = items[items["Item"] == UNPRICED.name].iloc[0]
    assert (row["Add"], row["Rate"]) == ("", "no rate")
    assert len(reopened(desk, user).estimate.lines) == 2


def test_the_lines_show_exact_quantities_and_grouped_amounts(show: Show, opened: OpenEstimate) -> None:
    lines = show("estimate").data_editor[0].value

    assert list(lines["Quantity"]) == ["2", "10.5"]
    assert list(lines["Amount"]) == ["2,501.00", "895.13"]
    assert list(lines.index) == [line.id for line in opened.estimate.lines]


def test_a_typed_quantity_is_stored_and_priced(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = type_into_lines(show("estimate"), (1, "Quantity", "12.250"))

    assert quantities(desk, user) == ["2", "12.250"]
    assert list(page.data_editor[0].value["Amount"]) == ["2,501.00", "1,044.31"]


def test_a_typed_cell_keeps_what_it_began_with_so_that_no_edit_on_its_way_is_dropped(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = show("estimate")
    key = page.data_editor[0].key

    page = type_into_lines(page, (1, "Quantity", "12.250"))
    page = type_into_lines(page, (1, "Quantity", "12.250"), (0, "Quantity", "3"))

    assert quantities(desk, user) == ["3", "12.250"]
    assert page.data_editor[0].key == key
    assert list(page.data_editor[0].value["Quantity"]) == ["2", "10.5"]
    assert list(page.data_editor[0].value["Amount"]) == ["3,751.50", "1,044.31"]


def test_a_quantity_typed_back_to_the_first_one_is_stored(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = type_into_lines(show("estimate"), (0, "Quantity", "9"))

    type_into_lines(page)

    assert quantities(desk, user) == ["2", "10.5"]


def test_what_another_page_stored_is_not_overwritten_by_an_older_edit(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = type_into_lines(show("estimate"), (0, "Quantity", "9"))
    estimates.set_quantity(desk, user, opened.id, opened.estimate.lines[0].id, "40")

    page.run()
    shown = list(page.data_editor[0].value["Quantity"])
    type_into_lines(page, (1, "Quantity", "5"))

    assert shown == ["40", "10.5"]
    assert quantities(desk, user) == ["40", "5"]


def test_undo_shows_the_quantity_from_before_the_edit(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = type_into_lines(show("estimate"), (0, "Quantity", "9"))

    page.button(key="undo").click().run()

    assert list(page.data_editor[0].value["Quantity"]) == ["2", "10.5"]
    assert quantities(desk, user) == ["2", "10.5"]


@pytest.mark.parametrize("text", ["abc", "-2", "1e308", "NaN", "1.23456", "123456789012345"])
def test_a_bad_quantity_is_told_and_the_old_one_stays(
    show: Show, desk: Desk, user: User, opened: OpenEstimate, text: str
) -> None:
    page = type_into_lines(show("estimate"), (0, "Quantity", text))

    assert len(page.error) == 1
    assert page.error[0].value.startswith("The quantity")
    assert list(page.data_editor[0].value["Quantity"]) == ["2", "10.5"]
    assert reopened(desk, user).version == opened.version


def test_a_typed_unit_is_stored(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = type_into_lines(show("estimate"), (0, "Unit", "sets"))

    assert not page.error
    assert reopened(desk, user).estimate.lines[0].unit == "sets"


def test_undo_and_redo_walk_through_the_edits(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate")

    page.button(key="undo").click().run()
    undone = list(page.data_editor[0].value["Quantity"])
    page.button(key="redo").click().run()

    assert undone == ["2", "0"]
    assert list(page.data_editor[0].value["Quantity"]) == ["2", "10.5"]
    assert page.button(key="redo").disabled


def test_clearing_all_lines_can_be_taken_back(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate")

    page.button(key="clear").click().run()
    cleared = texts(page)
    page.button(key="bring back").click().run()

    assert "2 lines removed" in cleared
    assert reopened(desk, user).estimate.lines == opened.estimate.lines


def test_the_totals_are_those_of_the_price(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    words = texts(show("estimate"))

    worth = price(opened.estimate, schedules.load_schedule(desk, user, opened.schedule.id))
    assert worth.grand_total == Decimal("4091.13")
    assert "Items 3,396.13" in words
    assert "Grand total 4,091.13" in words
    assert "| **Grand Total** | **4,091.13** |" in words


def test_a_charge_is_typed_and_a_bad_one_is_told(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate")
    gst = next(field for field in page.text_input if said(field) == "GST %")

    gst.set_value("12").run()
    typed = texts(page)
    next(field for field in page.text_input if said(field) == "GST %").set_value("lots").run()

    assert "Add GST @ 12 %" in typed.replace("\\", "")
    assert "is not a number" in page.error[0].value
    assert "Add GST @ 12 %" in texts(page).replace("\\", "")


def test_a_grand_total_below_the_sum_tells_by_how_much_and_makes_no_job(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = show("estimate")
    next(field for field in page.text_input if said(field).startswith("Grand total")).set_value("1000").run()
    told = page.error[0].value.replace("\\", "")

    page.button(key="make output").click().run()

    assert "3,091.13 less" in told
    assert jobs.list_jobs(desk, user) == []


def test_the_old_material_is_deducted_in_repair_work_only(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    labels_before = [said(field) for field in show("estimate").text_input]

    estimates.set_work(desk, user, opened.id, work_type="repair")

    assert "Old Material Cost (-)" not in labels_before
    assert "Old Material Cost (-)" in [said(field) for field in show("estimate").text_input]


def test_the_name_of_work_is_kept_as_typed(show: Show, desk: Desk, user: User, opened: OpenEstimate) -> None:
    page = show("estimate")

    page.text_input[0].set_value("=Repairs *to* Block C").run()

    assert not page.exception
    assert reopened(desk, user).estimate.name == "=Repairs *to* Block C"


def test_a_name_of_ten_thousand_characters_is_told_and_the_old_one_stays(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = show("estimate")

    page.text_input[0].set_value("x" * 10_000).run()

    assert "10,000 characters" in page.error[0].value.replace("\\", "")
    assert reopened(desk, user).estimate.name == "Wiring of the hall"


@pytest.mark.parametrize("key", ["make output", "make estimate"])
def test_with_nothing_chosen_no_job_is_made(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard, key: str
) -> None:
    page = show("estimate")

    page.button(key=key).click().run()

    assert [error.value for error in page.error] == ["No items selected"]
    assert jobs.list_jobs(desk, user) == []


def test_pressing_the_button_queues_a_job_and_shows_it(
    show: Show, desk: Desk, user: User, opened: OpenEstimate, rung: list[str]
) -> None:
    page = show("estimate")

    page.button(key="make output").click().run()

    assert not page.exception
    assert rung == [job.id for job in jobs.list_jobs(desk, user)]
    assert page.get("progress")[0].text.replace("\\", "") == "0 % · Next in the queue"
    assert "You can close this: it goes on, and Jobs shows it." in texts(page)


def test_a_missing_worker_is_told_at_once_with_how_to_start_one(show: Show, opened: OpenEstimate) -> None:
    page = show("estimate")

    page.button(key="make output").click().run()

    assert "python queue_worker.py" in page.warning[0].value


def test_another_schedule_starts_another_estimate_once_there_are_lines(
    show: Show, desk: Desk, user: User, opened: OpenEstimate, make_workbook: MakeWorkbook
) -> None:
    other = schedules.upload_schedule(desk, user, "b.xlsx", make_workbook(LIGHT_POINT), "Civil", "2026-27")
    page = show("estimate")

    page.selectbox[0].select(other.id).run()
    question = texts(page).replace("\\", "")
    page.button(key="start new").click().run()

    assert "starts a new estimate" in question
    assert reopened(desk, user).schedule.id == other.id
    assert len(estimates.list_estimates(desk, user)) == 2


def test_an_empty_estimate_moves_to_the_chosen_schedule(
    show: Show, desk: Desk, user: User, schedule: ScheduleCard, make_workbook: MakeWorkbook
) -> None:
    estimates.create_estimate(desk, user, schedule.id)
    other = schedules.upload_schedule(desk, user, "b.xlsx", make_workbook(LIGHT_POINT), "Civil", "2026-27")
    page = show("estimate")

    page.selectbox[0].select(other.id).run()

    assert not page.exception
    assert reopened(desk, user).schedule.id == other.id
    assert len(estimates.list_estimates(desk, user)) == 1


def test_a_click_on_a_line_shows_its_rate_analysis(show: Show, opened: OpenEstimate) -> None:
    page = show("estimate")
    page.session_state["dialog"] = ("line", opened.estimate.lines[1].id)

    page.run()

    drawn = page.html[-1].value
    assert ">85.25</td>" in drawn
    assert "Supplying and fixing of Cable 4 sqmm" in drawn


HOSTILE = ("*bold* $x$ `code`", ":red[warn] :material/home:", "<script>alert(1)</script>", "[a](http://x.y) | b")


def test_hostile_names_stay_plain_text(show: Show, desk: Desk, user: User, make_workbook: MakeWorkbook) -> None:
    blocks = [Block(name, name, "Nos", 100.0) for name in HOSTILE]
    card = schedules.upload_schedule(desk, user, "hostile.xlsx", make_workbook(*blocks), "*Ev*il", "<b>")
    opened, _ = estimates.add_item(desk, user, estimates.create_estimate(desk, user, card.id).id, ROW_OF[FAN.name])
    page = show("estimate")
    page.session_state["dialog"] = ("line", opened.estimate.lines[0].id)

    page.run()

    assert not page.exception
    said = "\n".join(str(piece.value) for piece in page.markdown)
    assert not any(name in said for name in HOSTILE)
    assert all(html.value.startswith("<style>") for html in page.get("html"))


def test_an_estimate_of_a_stranger_opens_nothing(
    show: Show, desk: Desk, user: User, stranger: User, schedule: ScheduleCard, make_workbook: MakeWorkbook
) -> None:
    theirs = schedules.upload_schedule(desk, stranger, "s.xlsx", make_workbook(LIGHT_POINT), "Civil", "2026-27")
    foreign = estimates.create_estimate(desk, stranger, theirs.id, "Secret work")
    page = show("estimate")
    page.query_params["estimate"] = foreign.id

    page.run()

    assert not page.exception
    assert "Secret work" not in [field.value for field in page.text_input]


def test_the_time_of_the_last_change_is_shown(show: Show, opened: OpenEstimate, clock: Clock) -> None:
    words = texts(show("estimate"))

    assert f"saved {clock.at.astimezone():%H:%M}" in words


def test_a_refused_charge_stands_until_it_is_mended_and_holds_the_download_back(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    def field(label: str):  # type: ignore[no-untyped-def]
        return next(field for field in page.text_input if said(field) == label)

    page = show("estimate")
    field("GST %").set_value("-5").run()
    field("LC %").set_value("2").run()
    page.button(key="make output").click().run()

    assert field("GST %").value == "-5"
    assert [error.value.startswith("Mend this first") for error in page.error].count(True) == 1
    assert jobs.list_jobs(desk, user) == []

    field("GST %").set_value("5").run()
    page.button(key="make output").click().run()

    assert list(page.error) == []
    assert len(jobs.list_jobs(desk, user)) == 1


def test_a_refused_name_of_work_stands_beside_what_was_typed(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = show("estimate")

    page.text_input[0].set_value("x" * 3_000).run()

    assert "3,000 characters" in page.error[0].value.replace("\\", "")
    assert page.text_input[0].value == "x" * 3_000
    assert reopened(desk, user).estimate.name == opened.estimate.name


def test_a_total_that_is_too_small_still_shows_the_rows_up_to_the_sum(
    show: Show, desk: Desk, user: User, opened: OpenEstimate
) -> None:
    page = show("estimate")

    next(field for field in page.text_input if said(field).startswith("Grand total")).set_value("1000").run()

    assert "at least 4,091.13" in page.error[0].value.replace("\\", "")
    assert "| Sub Total |" in texts(page)

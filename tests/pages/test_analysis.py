"""A block as HTML that looks like its sheet."""

from streamlit.testing.v1 import AppTest

from estimate_core.domain.drawing import Column, Drawing, DrawnCell, DrawnRow, Look
from pages.block import block_html

EVIL = '<script>alert("x")</script>'


def drawing(*rows: DrawnRow, looks: tuple[Look, ...] = (Look(),), left_out: int = 0) -> Drawing:
    """A drawing of columns A and B."""
    return Drawing((Column("A", 8.43, False), Column("B", 50.0, True)), looks, rows, left_out)


def test_text_and_formulas_of_a_file_stay_text() -> None:
    html = block_html(drawing(DrawnRow(7, None, False, (DrawnCell(1, EVIL, 0, formula=f'="{EVIL}"'),))), False)

    assert "<script" not in html
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;</td>" in html
    assert 'title="=&quot;&lt;script&gt;' in html


def test_formulas_are_shown_in_place_of_values_when_asked_for() -> None:
    drawn = drawing(DrawnRow(7, None, False, (DrawnCell(1, "200.00", 0, formula="=E5*I5"), DrawnCell(2, "day", 0))))

    html = block_html(drawn, True)

    assert ">=E5*I5</td>" in html and ">day</td>" in html
    assert "200.00" not in html


def test_a_merge_spans_and_the_cells_under_it_are_not_drawn_again() -> None:
    rows = (DrawnRow(7, None, False, (DrawnCell(1, "Wide", 0, columns=2, rows=2),)), DrawnRow(8, None, False, ()))

    html = block_html(drawing(*rows), False)

    assert 'colspan="2" rowspan="2"' in html
    assert html.count("<td") == 1


def test_what_the_sheet_hides_is_shown_and_said() -> None:
    html = block_html(drawing(DrawnRow(7, None, True, ())), False)

    assert '<th scope="row" class="hidden" title="Hidden in the schedule">7</th>' in html
    assert '<th scope="col" class="hidden" title="Hidden in the schedule">B</th>' in html


def test_the_box_can_be_reached_by_keyboard_and_has_a_name() -> None:
    html = block_html(drawing(DrawnRow(7, None, False, ())), False, dark=True)

    assert '<div class="block-box dark" tabindex="0" role="region" aria-label="Rate analysis' in html


def test_looks_become_styles() -> None:
    look = Look("#ffff00", "#ff0000", bold=True, underlined=True, struck=True, horizontal="right", wraps=True)

    html = block_html(drawing(DrawnRow(7, 30.0, False, (DrawnCell(1, "Wall", 1),)), looks=(Look(), look)), False)

    assert "background:#ffff00;color:#ff0000;font-weight:700;text-decoration:underline line-through" in html
    assert 'style="height:40px"' in html


def _page() -> None:
    from estimate_core.domain.drawing import Column, Drawing, DrawnCell, DrawnRow, Look
    from estimate_core.domain.schedule import Item
    from pages.analysis import show_analysis

    item = Item(1, "Wall", "X-1", "Long specification", "Works", "Nos", "Re-", None, ())
    rows = (DrawnRow(1, None, False, (DrawnCell(1, "200.00", 0, formula="=E5*I5"),)),)
    show_analysis(item, Drawing((Column("A", 8.43, False),), (Look(),), rows, 1500))


def test_the_switch_shows_the_formulas_of_the_block() -> None:
    page = AppTest.from_function(_page, default_timeout=30).run()

    before = page.html[0].value
    page.toggle(key="show formulas").set_value(True).run()

    assert not page.exception
    assert ">200.00</td>" in before
    assert ">=E5*I5</td>" in page.html[0].value
    assert "1,500 more rows" in page.caption[0].value

"""The PDF of an estimate, read back: its figures, its pages, and whatever people write."""

import io
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pypdfium2
import pytest

from estimate_core.domain.charges import with_grand_total, with_lump_sums, with_value
from estimate_core.domain.errors import BadInput
from estimate_core.domain.estimate import Estimate, Price
from estimate_core.domain.money import grouped, in_words
from estimate_core.domain.office import Cover, Office
from estimate_core.paper import estimate_pdf
from estimate_core.paper.estimate_pdf import write_first_pages, write_pdf
from tests.paper.reading import (
    AMOUNT,
    PAPER,
    RATE,
    column_of,
    figures_of,
    item,
    pages_of,
    priced,
    printed,
    text_of,
)

SPECIFICATION = "Supplying and fixing of a concealed PVC pipe of 25 mm, with all fittings, complete for finished item. "
TELUGU = "\u0c35\u0c3f\u0c26\u0c4d\u0c2f\u0c41\u0c24\u0c4d \u0c2a\u0c28\u0c41\u0c32\u0c41"
HINDI = "\u0935\u093f\u0926\u094d\u092f\u0941\u0924 \u0915\u093e\u0930\u094d\u092f"
HEADS = "Sl.No Quantity (Unit) Item Description Rate Per Unit Amount"


def in_order(price: Price) -> list[str]:
    """The amounts as they stand below each other."""
    lines = iter(price.lines)
    amounts = []
    for group in price.groups:
        amounts += [next(lines).amount for _ in range(group.lines)] + [group.amount]
    amounts += [line.amount for line in lines]
    return [grouped(amount) for amount in (*amounts, price.items_total, *(row.amount for row in price.charges))]


@pytest.mark.parametrize("count", [1, 5, 120, 5000])
def test_the_figures_are_those_of_the_price(count: int) -> None:
    items = [item(n, f"{n} {SPECIFICATION}", f"{n * 37 % 9999}.{n % 100:02}") for n in range(1, 41)]
    price = priced([items[n % 40] for n in range(count)], ["0.125", "12", "3.5", "99999.9999"])

    pdf = printed(price)

    assert figures_of(pdf, AMOUNT) == in_order(price)
    assert figures_of(pdf, RATE) == [grouped(line.rate) for line in price.lines]
    assert in_words(price.grand_total) in text_of(pdf)


@pytest.mark.parametrize("count", [5, 120, 5000])
def test_every_page_repeats_the_heads_and_says_which_of_how_many_it_is(count: int) -> None:
    pages = pages_of(printed(priced([item(1, 3 * SPECIFICATION)] * count)))

    assert len(pages) >= count // 20
    for number, page in enumerate(pages, 1):
        assert HEADS in page
        assert page.endswith(f"Electrical 2025-26 Page {number:,} of {len(pages):,}")
        assert "Wiring of the hall" in page.splitlines()[-1]


def test_a_typed_quantity_keeps_its_decimals_and_each_line_its_units() -> None:
    price = priced([item(1, "Pipe", "134", unit="Mtrs")], ["120.500"])

    text = text_of(printed(price))

    assert "1 120.500 Mtrs Pipe 134.00 1 Mtr 16,147.00" in text


def test_all_kinds_of_charges_are_printed_with_their_percentages() -> None:
    charges = with_value(with_value(Estimate().charges, "tp", Decimal("4.5")), "deduction", Decimal("100"))
    charges = with_lump_sums(charges, [("water & <power>", Decimal("1500.50"))])
    estimate = Estimate(work_type="repair", charges=with_grand_total(charges, Decimal("5000")))
    price = priced([item(1, "Light")], ["20"], estimate)

    text = text_of(printed(price))

    assert len(price.charges) == 11
    for row in price.charges:
        assert f"{row.charge.shown_label} " in text
    assert "Add Excess T.P. @ 4.5 % 4.5 % 117.00" in text
    assert "L.S. Provision towards water & <power> 1,500.50" in text
    assert "Grand Total 5,000.00" in text


def test_groups_stand_together_each_with_its_subtotal() -> None:
    mixed = [item(1, "Light", group="Points"), item(2, "Pipe", group="Piping"), item(3, "Fan", group="Points")]
    price = priced(mixed, ["1", "10"], Estimate(grouped=True))

    pdf = printed(price)

    text = text_of(pdf)
    order = ("Points", "Light", "Fan", "Sub Total of Points", "Piping", "Pipe", "Sub Total of Piping", "Total")
    places = [text.index(words, text.index("Amount")) for words in order[:4]]
    assert places == sorted(places)
    assert "Sub Total of Points 269.00 Piping 3 10 Nos Pipe" in text
    assert figures_of(pdf, AMOUNT) == in_order(price)


def test_a_groups_name_and_its_subtotal_never_stand_alone() -> None:
    items = [item(n, n % 9 * SPECIFICATION, group=f"Group {n // 3}") for n in range(240)]

    pages = pages_of(printed(priced(items, estimate=Estimate(grouped=True))))

    assert len(pages) > 20
    for page in pages:
        rows = page.splitlines()
        assert not rows[1].startswith("Sub Total")
        assert not rows[-2].startswith("Group ")


@pytest.mark.parametrize("count", range(1, 40, 3))
def test_what_is_signed_stands_on_one_page_with_the_totals(count: int) -> None:
    pages = pages_of(printed(priced([item(1, "Light")] * count)))

    last = pages[-1]
    assert last.index("Total") < last.index("Grand Total") < last.index("Amount in words") < last.index("Approved by")
    assert all("Sub Total" not in page for page in pages[:-1])


def test_a_specification_of_30000_characters_goes_on_from_page_to_page() -> None:
    words = [f"w{n}" for n in range(5200)]
    price = priced([item(1, "Short"), item(2, " ".join(words)), item(3, "After")])

    pdf = printed(price)

    pages = column_of(pdf, (50, 135.5))
    assert 4 < len(pages) < 30
    assert [word for word in " ".join(pages).split() if word[0] == "w" and word[1:].isdigit()] == words
    assert figures_of(pdf, AMOUNT) == in_order(price)
    assert "Short" in pages[0]
    assert "w0" in pages[0].split()


@pytest.mark.parametrize("sign", ["W", "\u0c38", "\u0915\u094d\u0937", "\u0628"])
def test_a_word_without_end_is_cut_and_stays_in_its_column(sign: str) -> None:
    pdf = printed(priced([item(1, sign * 3000)]), replace(PAPER, name="Name"))

    assert "".join(pages_of(pdf)).count(sign[0]) == 3000
    assert "".join(column_of(pdf, (49, 136.2))).count(sign[0]) == 3000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TELUGU, "\u0c35\u0c3f\u0c26\u0c4d\u0c2f\u0c41\u0c24"),
        (HINDI, "\u0935\u093f\u0926\u094d\u092f\u0941\u0924"),
        ("\u0c30\u0c3e\u0c1c\u0c4d\u200c\u0c15\u0c41\u0c2e\u0c3e\u0c30\u0c4d", "\u0c30\u0c3e\u0c1c\u0c4d"),
        ("\u0627\u0631\u062f\u0648 25 mm", "\u0627\u0631\u062f\u0648"),
        ("\u0ba4\u0bae\u0bbf\u0bb4\u0bcd", "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd"),
        (
            "\u2264 \u2265 \u221a \u2300 \u2192 \u00d8 m\u00b2 \u00bd \u20b9",
            "\u2264 \u2265 \u221a \u2300 \u2192 \u00d8 m\u00b2 \u00bd \u20b9",
        ),
        ("a {nb} **b** __c__ <i>d</i> (e\\)", "a {nb} **b** __c__ <i>d</i> (e\\)"),
        (f"{TELUGU} {{nb}} **b** __c__", "{nb} **b** __c__"),
        ("=1+1", "=1+1"),
    ],
)
def test_text_of_many_scripts_is_shaped_and_can_be_read_back(text: str, said: str) -> None:
    read = text_of(printed(priced([item(1, f"Begin {text} end")])))

    assert said in read
    assert "\ufffd" not in read
    assert "Begin" in read
    assert "end" in read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tools \U0001f6e0\ufe0f here", "tools \ufffd here"),
        ("\U0001f469\u200d\U0001f527 fitter", "\ufffd\ufffd fitter"),
        ("\u5de5\u7a0b works", "\ufffd\ufffd works"),
        ("a\x00b\x07\x1bc\x7f\x9fd", "a b c d"),
        ("x\ud800y\ufffez\uffff", "x\ufffdy\ufffdz\ufffd"),
        ("soft\u00adhyphen", "soft"),
        ("one\r\n\r\n  two\u2028three\x0bfour", "one two three four"),
    ],
)
def test_what_no_font_has_shows_that_something_was_there(text: str, said: str) -> None:
    pdf = printed(priced([item(1, text)]), replace(PAPER, name=text))

    assert said in text_of(pdf)
    assert said in " ".join(pages_of(pdf)[0].splitlines()[-1].split()) or "\n" in text or "\u00ad" in text


def test_plain_text_after_shaped_text_keeps_its_font_and_size() -> None:
    pdf = printed(priced([item(1, TELUGU)] * 30), replace(PAPER, name=TELUGU, cover=Cover()))

    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage() for page in document]
        boxes = [text.get_charbox(text.get_text_range().rindex("Page ")) for text in texts]
    assert len(boxes) == 2
    assert {round(top - bottom) for _, bottom, _, top in boxes} == {5}


def test_numbers_too_wide_for_their_column_are_written_smaller() -> None:
    price = priced([item(1, "Road", "123456.78", unit="Kilometres of road")], ["4000000.1234"])

    pdf = printed(price)

    assert figures_of(pdf, AMOUNT) == in_order(price)
    assert grouped(price.lines[0].amount) == "4,93,82,71,35,234.57"
    assert "4000000.1234 Kilometres of road" in text_of(pdf)


def test_lines_without_quantity_come_to_nothing_and_are_printed() -> None:
    price = priced([item(1, "Light"), item(2, "Credit", "-20")], ["0", "3"])

    pdf = printed(price)

    assert figures_of(pdf, AMOUNT)[:3] == ["0.00", "-60.00", "-60.00"]
    assert "Minus Rupees" in text_of(pdf)


def test_the_cover_says_what_is_filled_in_and_leaves_no_holes() -> None:
    office = Office("Roads and Buildings Department")
    price = priced([item(1, "Light")])

    cover, *rest = pages_of(printed(price, replace(PAPER, cover=Cover(True, "", "W-12", " "), office=office)))

    assert [line.split(" ")[0] for line in cover.splitlines()] == [
        "Roads",
        "ESTIMATE",
        "Name",
        "Estimate",
        "In",
        "Schedule",
        "Work",
        "Wiring",
    ]
    assert f"Estimate amount \u20b9 {grouped(price.grand_total)}" in cover
    assert "Work id W-12" in cover
    assert "Page 1 of 2" in cover
    assert len(rest) == 1


def test_an_overlong_cover_goes_on_to_a_second_page_and_loses_nothing() -> None:
    long = " ".join(f"n{number}" for number in range(500))
    paper = replace(PAPER, name=long, cover=Cover(True, long, long, long), office=Office(long))

    text = text_of(printed(priced([item(1, "Light")]), paper))

    assert text.count(" n499") >= 6


def test_without_a_name_without_a_department_without_signatures() -> None:
    paper = replace(PAPER, name=" ", cover=Cover(), office=Office("", ()))

    pages = pages_of(printed(priced([item(1, "Light")]), paper))

    assert "Name of the work : Untitled work" in pages[1]
    assert "Prepared by" not in pages[1]
    assert pages[0].startswith("ESTIMATE")


def test_signature_blocks_stand_beside_each_other_with_all_their_lines() -> None:
    blocks = tuple(f"Post {n}\nDesignation {n}" for n in range(6))

    text = text_of(printed(priced([item(1, "Light")]), replace(PAPER, office=Office("", blocks))))

    assert [text.count(part) for block in blocks for part in block.splitlines()] == [1] * 12
    assert text.index("Post 0") < text.index("Post 5")


def test_the_same_estimate_gives_the_same_bytes_and_another_time_only_another_date() -> None:
    price = priced([item(1, f"{SPECIFICATION} {TELUGU} {HINDI}")] * 30)
    paper = replace(PAPER, cover=Cover(), name=TELUGU)

    first, second = printed(price, paper), printed(price, paper)
    later = printed(price, replace(paper, created=paper.created + timedelta(days=1)))

    assert first == second
    assert first != later
    assert pages_of(first) == pages_of(later)


def test_the_file_tells_its_title_and_when_it_was_asked_for() -> None:
    pdf = printed(priced([item(1, "Light")]))

    with pypdfium2.PdfDocument(pdf) as document:
        assert document.get_metadata_value("Title") == "Wiring of the hall"
        assert document.get_metadata_value("CreationDate").startswith("D:20260401093000")
        assert document[0].get_size() == pytest.approx((595.28, 841.89), abs=0.01)


def test_progress_goes_up_through_the_steps_and_what_it_raises_ends_the_work() -> None:
    told: list[tuple[int, str]] = []
    price = priced([item(1, SPECIFICATION)] * 100)

    write_pdf(price, PAPER, io.BytesIO(), lambda percent, words: told.append((percent, words)))

    percents = [percent for percent, _ in told]
    assert percents == sorted(percents)
    assert [percents[0], percents[-1]] == [30, 85]
    assert list(dict.fromkeys(words for _, words in told)) == [
        "Laying out the pages...",
        "Drawing the pages...",
        "Saving PDF file...",
    ]


def test_work_that_is_stopped_writes_nothing() -> None:
    stream = io.BytesIO()

    def stop(percent: int, words: str) -> None:
        if percent > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pdf(priced([item(1, SPECIFICATION)] * 100), PAPER, stream, stop)

    assert stream.getvalue() == b""


def test_what_cannot_be_printed_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    charges = with_grand_total(Estimate().charges, Decimal("1"))
    too_small = priced([item(1, "Light")], estimate=Estimate(charges=charges))
    long = priced([item(1, SPECIFICATION)] * 200)
    monkeypatch.setattr(estimate_pdf, "MAX_PAGES", 3)

    for price, sentence in (
        (priced([]), "No items selected"),
        (too_small, "Type at least"),
        (long, "Download the workbook instead"),
    ):
        for write in (
            lambda p, s: write_pdf(p, PAPER, s, lambda *_: None),
            lambda p, s: write_first_pages(p, PAPER, s),
        ):
            stream = io.BytesIO()
            with pytest.raises(BadInput, match=sentence):
                write(price, stream)
            assert stream.getvalue() == b""


@pytest.mark.parametrize("cover", [Cover(True), Cover(False)])
def test_the_first_pages_are_those_of_the_whole_pdf(cover: Cover) -> None:
    price, paper = priced([item(1, SPECIFICATION), item(2, TELUGU)] * 60), replace(PAPER, cover=cover)
    stream = io.BytesIO()

    write_first_pages(price, paper, stream)

    first = pages_of(stream.getvalue())
    assert first == pages_of(printed(price, paper))[: len(first)]
    assert len(first) == (2 if cover.shown else 1)

"""Pictures of pages."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from PIL import Image

from estimate_core.domain.office import Cover
from estimate_core.paper.picture import pictures
from tests.paper.reading import PAPER, item, priced, printed


def test_each_page_becomes_a_picture_with_ink_on_white_paper() -> None:
    pdf = printed(priced([item(1, "Light")]), replace(PAPER, cover=Cover()))

    made = [Image.open(io.BytesIO(png)).convert("L") for png in pictures(pdf)]

    assert [round(picture.height / picture.width, 2) for picture in made] == [1.41, 1.41]
    for picture in made:
        shades = picture.histogram()
        assert sum(shades[:80]) > 1000
        assert shades[255] > 0.9 * picture.width * picture.height


def test_many_people_may_look_at_once() -> None:
    pdf = printed(priced([item(1, "Light")]))

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(pictures, [pdf] * 24))

    assert {tuple(pngs) for pngs in made} == {tuple(pictures(pdf))}

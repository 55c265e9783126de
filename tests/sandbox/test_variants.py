from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pixiv_crawler.sandbox.media.variants import fitted, split

MASTER = "/img-master/img/2020/01/01/00/00/00/1_p0_master1200.jpg"
SQUARE = MASTER.replace("master1200", "square1200")
EDGES = st.integers(1, 10_000)


@pytest.mark.parametrize(
    ("head", "path", "original", "shown"),
    [
        ("/c/600x1200_90", MASTER, (2000, 3000), (600, 900)),
        ("/c/600x1200_90_webp", MASTER, (2000, 3000), (600, 900)),
        ("/c/540x540_70", MASTER, (2000, 3000), (360, 540)),
        ("/c/540x540_70", MASTER, (100, 50), (100, 50)),
        ("/c/360x360_70", SQUARE, (2000, 3000), (360, 360)),
        ("", MASTER, (2000, 3000), (800, 1200)),
        ("", "/background/img/1_a.png", (2000, 3000), (2000, 3000)),
        ("/c/1200x600_90_a2_g5", "/background/img/1_a_master1200.jpg", (700, 700), (1200, 600)),
        ("/c/whatever", MASTER, (2000, 3000), (800, 1200)),
    ],
)
def test_a_variant_has_the_size_in_its_prefix(
    head: str, path: str, original: tuple[int, int], shown: tuple[int, int]
) -> None:
    plain, flavour = split(head + path)
    assert (plain, flavour.size(original, plain)) == (path, shown)


@pytest.mark.parametrize(
    "path", ["/c//img-master/a", "/c/540x540_70/img-original/a", "/c/540x540_70/common/images/a", "/img-original/a"]
)
def test_paths_without_variants_are_not_changed(path: str) -> None:
    plain, flavour = split(path)
    assert (plain, flavour.box, flavour.is_webp) == (path, None, False)


@given(st.tuples(EDGES, EDGES), st.tuples(EDGES, EDGES))
def test_a_fitted_image_fills_the_box_in_one_dimension_unless_it_was_smaller(
    size: tuple[int, int], box: tuple[int, int]
) -> None:
    width, height = fitted(size, box)
    assert width <= box[0]
    assert height <= box[1]
    assert (width, height) == size or width == box[0] or height == box[1]

"""The scenes that the simulated Pixiv draws for users; its tests are served small images of one colour instead."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import urlsplit

import pytest
from PIL import Image

from pixiv_crawler.sandbox import Work, World
from pixiv_crawler.sandbox.media import image_urls
from pixiv_crawler.sandbox.media.files import find_file
from pixiv_crawler.sandbox.responses.illust_json import DEFAULT_VIEW, illust

world = World(draws_scenes=True)
painted = world.works(11)
of_every_kind = {work.type: work for work in world.works(2188232)}


def decoded(url: str) -> Image.Image:
    content = find_file(world, urlsplit(url).path)
    assert content is not None
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("work", [*painted[1:4], *of_every_kind.values()], ids=lambda work: work.type)
def test_a_scene_has_the_size_that_the_json_declares_and_many_colours(work: Work) -> None:
    entry = illust(work, "ja", DEFAULT_VIEW._replace(is_drawn=True))
    image = decoded(image_urls.original_path(work, 0))
    assert image.size == (entry["width"], entry["height"])
    assert 800 <= max(image.size) <= 1000
    assert len(image.convert("RGB").getcolors(2_000_000) or []) > 20
    small = decoded(entry["image_urls"]["medium"])
    assert max(small.size) == 540
    assert small.width / small.height == pytest.approx(image.width / image.height, rel=0.01)
    assert decoded(entry["image_urls"]["square_medium"]).size == (360, 360)


def test_the_same_world_draws_the_same_scenes_and_each_work_has_its_own() -> None:
    contents = [find_file(World(draws_scenes=True), image_urls.original_path(painted[1], 0)) for _ in range(2)]
    assert contents[0] == contents[1] != find_file(world, image_urls.original_path(painted[2], 0))


def test_the_frames_of_a_drawn_animation_differ() -> None:
    work = painted[0]
    content = find_file(world, image_urls.zip_path(work))
    assert content is not None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == work.frame_names
        assert len({archive.read(name) for name in work.frame_names}) == len(work.delays)
    assert max(decoded(image_urls.original_path(work, 3)).size) > 800


def test_avatars_backgrounds_and_covers_are_scenes() -> None:
    assert decoded(image_urls.avatar_path(11)).size == (170, 170)
    assert decoded(image_urls.BACKGROUND + image_urls.background_path(11)).size == (1200, 600)
    assert max(decoded(image_urls.series_cover_path(300017)).size) == 1200


def test_without_scenes_images_stay_small() -> None:
    content = find_file(World(), image_urls.original_path(painted[1], 0))
    assert content is not None
    assert len(content) < 5000

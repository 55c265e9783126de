"""Profiles on the gallery's page."""

from __future__ import annotations

from pathlib import Path

from pixiv_crawler.outputs.gallery.social import Profiles
from tests.outputs.gallery.data_folder import DataFolder


def test_a_file_of_a_profile_whose_url_is_not_valid_is_not_shown(tmp_path: Path) -> None:
    data = DataFolder(tmp_path)
    files = [data.file(f"users/7/{kind}.png", b"image") for kind in ("user-profile", "odd")]
    files[0]["url"], files[1]["url"] = "https://i.pximg.net/user-profile/img/7.png", "http://["
    data.write({"kind": "user", "user": {"id": 7}, "files": files}, name="users")
    profile = Profiles(data.path, data.files).find(7)
    assert profile
    assert (profile["avatar"], profile["background"]) == ("users/7/user-profile.png", "")

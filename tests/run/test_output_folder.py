"""The folder of a run on systems that treat names and line breaks differently."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.run.output_folder import OutputFolder


def test_the_folder_of_a_run_whose_name_differs_only_in_case_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OutputFolder(tmp_path / "x").release()
    # A file system that ignores case finds the folder "Daily", too.
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter([folder / "Daily"]))
    with pytest.raises(SettingError, match="differs only in case"):
        OutputFolder(tmp_path / "daily")


def test_a_name_in_another_normal_form_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # HFS+ decomposes names.
    monkeypatch.setattr(Path, "iterdir", lambda folder: iter([folder / "cafe\u0301"]))
    OutputFolder(tmp_path / "caf\u00e9").release()

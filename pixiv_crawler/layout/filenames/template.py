"""A validated template that can be filled."""

import unicodedata
from collections.abc import Collection, Mapping

from pixiv_crawler.exceptions import SettingError
from pixiv_crawler.layout.filenames.fields import Kind
from pixiv_crawler.layout.filenames.syntax import Field, Part, Variant, parse
from pixiv_crawler.layout.filenames.uniqueness import check_unique, ends_in_number
from pixiv_crawler.layout.safe_names import (
    MAX_PART_BYTES,
    MAX_PATH_BYTES,
    clean,
    folded,
    looks_like_a_file,
    sanitize,
    truncate,
)
from pixiv_crawler.options import FileSize


class Template:
    """Builds paths from the fields of files."""

    def __init__(
        self,
        setting: str,
        template: str,
        kinds: Mapping[str, Kind],
        taken: Collection[str] = (),
        max_bytes: int = MAX_PART_BYTES,
    ) -> None:
        """Parse and validate the template of a setting; `kinds` are the available fields, by name.

        No path begins with one of the `taken` folders, which contain other files. `max_bytes` is the limit of one
        name.

        Raises:
            SettingError: the template is invalid, or two files could share a path; the message says what to change.
        """
        try:
            variants = parse(unicodedata.normalize("NFC", template), kinds)
            lengths = {len(variant.parts) for variant in variants}
            self._max_bytes = min(max_bytes, MAX_PATH_BYTES // max(lengths) - 1)
            for variant in variants:
                _check_parts(variant, self._max_bytes)
            check_unique(variants, kinds)
        except ValueError as error:
            raise SettingError(f"{setting} {template!r} {error}.") from None
        self._conditions = [(name, kinds[name]) for name in variants[0].choice]
        self._variants = {
            tuple(variant.choice.values()): [(part, ends_in_number(part)) for part in variant.parts]
            for variant in variants
        }
        self._is_of_one_depth = len(lengths) == 1
        # Smaller sizes are in folders with these names; below them, the paths of two variants could coincide.
        self._taken = frozenset(taken) | (frozenset() if self._is_of_one_depth else frozenset(FileSize))

    def fill(self, file: object) -> str:
        """The path of a file whose attributes are the fields."""
        choice = tuple(kind.has_value(getattr(file, name)) for name, kind in self._conditions)
        parts = self._variants[choice]
        # If the variants differ in depth, a folder of one work must not have the path of another work's file.
        folders = 0 if self._is_of_one_depth else len(parts) - 1
        path = "/".join(
            self._part_path(part, is_number, file, is_folder=nth < folders)
            for nth, (part, is_number) in enumerate(parts)
        )
        return f"_{path}" if folded(path.partition("/")[0]) in self._taken else path

    def _part_path(self, part: Part, is_number: bool, file: object, *, is_folder: bool) -> str:
        texts = [
            (token, False) if isinstance(token, str) else (_text(token, file), not token.kind.fixed_bytes)
            for token in part
        ]
        # Each component is truncated separately, so that a user's folder does not depend on the title of a work.
        for max_bytes in range(self._max_bytes, -1, -1):
            path = sanitize("".join(truncate(text, max_bytes) if is_cuttable else text for text, is_cuttable in texts))
            is_like_ext = is_number and texts[-1][0] != ".mp4" and folded(path).endswith(".mp4")
            if is_like_ext or (is_folder and looks_like_a_file(path)):
                path += "_"
            if len(path.encode()) <= self._max_bytes:
                break
        return path


def _text(field: Field, file: object) -> str:
    value = getattr(file, field.name)
    text = field.kind.missing if value is None else field.kind.write(value, field.spec)
    return clean(text[:MAX_PART_BYTES])


def _check_parts(variant: Variant, max_bytes: int) -> None:
    for part in variant.parts:
        if "".join("?" if isinstance(token, Field) else token for token in part) in {"", ".", ".."}:
            raise ValueError(
                f"has an empty or dots-only path component{variant.condition}: use a path relative to data/files, "
                "without .. and without leading or trailing /"
            )
        if bad := [token for token in part if isinstance(token, str) and clean(token) != token]:
            raise ValueError(f"has characters in {bad[0]!r} that are not valid in a file name: remove them")
        texts = [token if isinstance(token, str) else f"{{{token.name}}}" for token in part]
        if ".{ext}" in "".join(texts):
            raise ValueError(f"has a dot before {{ext}}{variant.condition}, which begins with one: remove the dot")
        fixed = sum(token.kind.fixed_bytes if isinstance(token, Field) else len(token.encode()) for token in part)
        # One byte is reserved for the "_" before a device name.
        if fixed >= max_bytes:
            raise ValueError(
                f"has a path component of up to {fixed} bytes without titles{variant.condition}, but at most {max_bytes} "
                "are possible: shorten it"
            )

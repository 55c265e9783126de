"""Paths of the files of works and novels, from users' templates; `uniqueness` explains why no two files share a path.

A template is text with fields, such as `{user_id}/{illust_id}_p{page}{ext}`, and conditions: `<FIELD?TEXT|OTHER>` is
TEXT if FIELD has a value, otherwise OTHER, which may be omitted. TEXT and OTHER may contain fields and "/", but no
condition. The characters < > ? | cannot be part of a file name, so they have no other meaning. `fields` defines the
values of the fields and when a field has a value.
"""

from pixiv_crawler.items import Illust, Novel, User
from pixiv_crawler.layout.filenames.fields import ILLUST_FIELDS, NOVEL_FIELDS, IllustFile, Names, NovelFile, Run
from pixiv_crawler.layout.filenames.template import Template
from pixiv_crawler.layout.paths import ADOPTED, THUMBNAILS
from pixiv_crawler.layout.safe_names import MAX_PART_BYTES

__all__ = ["FilePathTemplate", "Names", "NovelPathTemplate"]


# Folders of single frames and thumbnails, which have the same names, and of files that belong to no work.
_OTHER_FOLDERS = (ADOPTED, "frames", THUMBNAILS, "users", "series", "novel_series", "novel_covers", "novel_images")


def _own_names(user: User) -> tuple[str, str]:
    return user.name, user.account


class FilePathTemplate:
    """Paths of the files of works, relative to `paths.files_folder` (setting PIXIV_FILE_PATH)."""

    def __init__(
        self,
        template: str,
        *,
        spider: str = "",
        job: str = "",
        names: Names = _own_names,
        max_bytes: int = MAX_PART_BYTES,
    ) -> None:
        """Parse and validate a template; `spider` and `job` are those of the run, `names` returns the names of a user;
        `max_bytes` is the limit of the file system for one name.

        Raises:
            SettingError: the template is invalid, or two files could share a path; the message says what to change.
        """
        self._template = Template("PIXIV_FILE_PATH", template, ILLUST_FIELDS, ("novels", *_OTHER_FOLDERS), max_bytes)
        self._run = Run(spider, job, names)

    def path(self, work: Illust, page: int, url: str, ext: str | None = None) -> str:
        """The relative path of one page of a work (from 0), with "/" as separator; `url` is the URL of the file.

        `ext` is the extension with its dot, such as `.webp`; None: that of the URL. Files of a work with different
        pages or extensions have different paths.
        """
        return self._template.fill(IllustFile(self._run, work, page, url, ext))


class NovelPathTemplate:
    """Paths of the texts of novels, relative to `paths.files_folder` (setting PIXIV_NOVEL_PATH)."""

    def __init__(
        self,
        template: str,
        *,
        spider: str = "",
        job: str = "",
        names: Names = _own_names,
        max_bytes: int = MAX_PART_BYTES,
    ) -> None:
        """Like `FilePathTemplate`.

        Raises:
            SettingError: the template is invalid, or two novels could share a path; the message says what to change.
        """
        self._template = Template("PIXIV_NOVEL_PATH", template, NOVEL_FIELDS, _OTHER_FOLDERS, max_bytes)
        self._run = Run(spider, job, names)

    def path(self, novel: Novel, ext: str) -> str:
        """The relative path of a novel in one format, with "/" as separator; `ext` includes the dot, such as `.epub`."""
        return self._template.fill(NovelFile(self._run, novel, ext))

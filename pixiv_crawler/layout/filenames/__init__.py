"""Where the files of works and novels lie, as users' templates name them; `proof` says why no two share a path.

A template is text with fields, such as `{user_id}/{illust_id}_p{page}{ext}`, and with conditions: `<FIELD?TEXT|OTHER>`
is TEXT where FIELD has a value, else OTHER, which may be left out. TEXT and OTHER may hold fields and "/", but no
condition. The signs < > ? | can be in no file name, so they mean nothing else. What a field is worth and when it has a
value is said in `fields`.
"""

from __future__ import annotations

from pixiv_crawler.items import Illust, Novel, User
from pixiv_crawler.layout.filenames.fields import ILLUST_FIELDS, NOVEL_FIELDS, IllustFile, Names, NovelFile, Run
from pixiv_crawler.layout.filenames.template import Template

__all__ = ["FilePathTemplate", "Names", "NovelPathTemplate"]


# Of single frames and small pictures, which have the same names, and of what belongs to no work.
_OTHER_FOLDERS = ("frames", "thumbs", "users", "series", "novel_series", "novel_covers", "novel_images")


def _own_names(user: User) -> tuple[str, str]:
    return user.name, user.account


class FilePathTemplate:
    """Where the files of works lie below `paths.files_folder`, as the setting PIXIV_FILE_PATH says."""

    def __init__(self, template: str, *, spider: str = "", job: str = "", names: Names = _own_names) -> None:
        """Read and check a template; `spider` and `job` are those of the run, `names` tells what a user is called.

        Raises:
            SettingError: it cannot be used, or two files could share a path; the text says what to change.
        """
        self._template = Template("PIXIV_FILE_PATH", template, ILLUST_FIELDS, ("novels", *_OTHER_FOLDERS))
        self._run = Run(spider, job, names)

    def path(self, work: Illust, page: int, url: str, ext: str | None = None) -> str:
        """The path of one page of a work (from 0), relative, with "/" between its parts; `url` is the file's.

        `ext` is the extension with its dot, such as `.webp`; None stands for that of the address. Files of a work that
        differ in page or in extension have different paths.
        """
        return self._template.fill(IllustFile(self._run, work, page, url, ext))


class NovelPathTemplate:
    """Where the texts of novels lie below `paths.files_folder`, as the setting PIXIV_NOVEL_PATH says."""

    def __init__(self, template: str, *, spider: str = "", job: str = "", names: Names = _own_names) -> None:
        """As `FilePathTemplate`.

        Raises:
            SettingError: it cannot be used, or two novels could share a path; the text says what to change.
        """
        self._template = Template("PIXIV_NOVEL_PATH", template, NOVEL_FIELDS, _OTHER_FOLDERS)
        self._run = Run(spider, job, names)

    def path(self, novel: Novel, ext: str) -> str:
        """The path of a novel in one format, relative, with "/" between its parts; `ext` has its dot, as `.epub`."""
        return self._template.fill(NovelFile(self._run, novel, ext))

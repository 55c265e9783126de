"""Profiles of authors and comments on works, each written as a script of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pixiv_crawler.api.image_urls import split_url
from pixiv_crawler.layout.moved_files import moved_paths
from pixiv_crawler.outputs.gallery.lines import Position, WorkKey, unix_time
from pixiv_crawler.outputs.gallery.records import CommentLine, UserLine
from pixiv_crawler.outputs.gallery.texts import plain_text
from pixiv_crawler.outputs.gallery.works import stored_file
from pixiv_crawler.outputs.jsonl import UNDECODABLE
from pixiv_crawler.outputs.run_files import RunFiles, find_run_files

L = TypeVar("L", UserLine, CommentLine)


class Profiles:
    """The profiles in users.jsonl, by user ID; the newest line of each."""

    def __init__(self, data_dir: Path, files_dir: Path) -> None:
        self._files_dir = files_dir
        self._files = RunFiles(find_run_files(data_dir, "users"))
        self._moved = moved_paths(data_dir)
        self._newest: dict[int, Position] = {}
        for line, position in _lines(self._files, UserLine):
            if position[0] >= self._newest.get(line.user.id, (-1.0,))[0]:
                self._newest[line.user.id] = position

    def find(self, user_id: int) -> dict[str, Any] | None:
        """What the page shows of a profile; None if it was not collected."""
        if user_id not in self._newest or not (line := _decoded(self._files.at(self._newest[user_id][1]), UserLine)):
            return None
        files: dict[str, str] = {}  # by the first part of the path of the URL
        for file in line.files:
            file.path = self._moved.get(file.path, file.path)
            if stored := stored_file(file, self._files_dir):
                files[split_url(file.url).path.lstrip("/").partition("/")[0]] = stored.path
        links = [url for url in (line.profile.webpage, line.profile.twitter_url) if url and url.startswith("http")]
        return {
            "name": line.user.name,
            "account": line.user.account,
            "text": plain_text(line.user.comment or ""),
            "links": links,
            "facts": [text for text in (line.profile.region, line.profile.job) if text],
            "follows": line.profile.total_follow_users,
            "works": line.profile.total_illusts + line.profile.total_manga + line.profile.total_novels,
            "avatar": files.get("user-profile", ""),
            "background": files.get("background", ""),
        }


class Comments:
    """The comments in comments.jsonl, by work; the newest line of each."""

    def __init__(self, data_dir: Path) -> None:
        self._files = RunFiles(find_run_files(data_dir, "comments"))
        self._positions: dict[WorkKey, list[Position]] = {}
        for line, position in _lines(self._files, CommentLine):
            key = ("i", line.illust_id) if line.illust_id else ("n", line.novel_id or 0)
            self._positions.setdefault(key, []).append(position)

    def find(self, key: WorkKey) -> list[list[Any]]:
        """The comments on a work, newest first; each is followed by its replies, oldest first.

        The values are: user ID, name, date, text, whether it is a reply.
        """
        newest = {}
        for position in sorted(self._positions.get(key, ())):
            if line := _decoded(self._files.at(position[1]), CommentLine):
                newest[line.id] = line
        replies: dict[int, list[CommentLine]] = {}
        for line in newest.values():
            if line.parent_comment_id:
                replies.setdefault(line.parent_comment_id, []).append(line)
        roots = [line for line in newest.values() if line.parent_comment_id not in newest]
        in_order: Callable[[CommentLine], tuple[str, int]] = lambda line: (line.date, line.id)
        return [
            [*_shown(line), line is not root]
            for root in sorted(roots, key=in_order, reverse=True)
            for line in (root, *sorted(replies.get(root.id, ()), key=in_order))
        ]


def _shown(line: CommentLine) -> list[Any]:
    user = line.user
    return [user.id if user else 0, user.name if user else "", line.date, line.comment or "[stamp]" * bool(line.stamp)]


def _lines(files: RunFiles, kind: type[L]) -> Iterator[tuple[L, Position]]:
    for position, raw in files:
        if line := _decoded(raw, kind):
            yield line, (unix_time(line.fetched_at), position)


def _decoded(raw: bytes, kind: type[L]) -> L | None:
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNDECODABLE:
        return None

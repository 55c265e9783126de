"""Runs `scrapy login` as a user would."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pixiv_crawler.http.token_store import Login, read_login
from pixiv_crawler.sandbox import Sandbox
from tests.crawling import popen
from tests.in_process import scrapy_in_process


class LoginCommand:
    """Runs `scrapy login` with a separate token file."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.token_file = folder / "state" / "token.json"
        self.settings = ["-s", f"PIXIV_OAUTH_URL={sandbox.oauth_url}", "-s", f"PIXIV_TOKEN_FILE={self.token_file}"]

    def __call__(
        self, *words: str, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return scrapy_in_process("login", *self.settings, *words, stdin=stdin, env=env)

    def by_page(self, answer: Callable[[str], str]) -> subprocess.CompletedProcess[str]:
        """The default method; `answer` turns the code of the printed page into what the user pastes."""
        with popen("login", *self.settings) as process:
            assert process.stdout is not None
            lines = []
            while not lines or not lines[-1].startswith("3."):
                lines.append(process.stdout.readline())
            (page,) = [line.strip() for line in lines if "https://" in line]
            code = self.sandbox.issue_code(challenge(page))
            stdout, stderr = process.communicate(answer(code) + "\n", timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, "".join(lines) + stdout, stderr)

    @property
    def stored(self) -> Login | None:
        return read_login(self.token_file)

    @property
    def grants(self) -> list[str]:
        """The grant types that were requested."""
        return [parse_qs(request.body)["grant_type"][0] for request in self.sandbox.requests]


def challenge(page: str) -> str:
    parts = urlsplit(page)
    query = parse_qs(parts.query)
    assert parts._replace(query="").geturl() == "https://app-api.pixiv.net/web/v1/login"
    assert query["code_challenge_method"] == ["S256"]
    assert query["client"] == ["pixiv-android"]
    return query["code_challenge"][0]

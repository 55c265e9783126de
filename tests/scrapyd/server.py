"""A Scrapyd server set up according to docs/operations.md, in a separate folder and with a simulated Pixiv."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from pixiv_crawler.sandbox import Sandbox
from tests.code_blocks import blocks
from tests.crawling import PROJECT, Crawl
from tests.in_process import clean_environment

GUIDE = blocks(PROJECT / "docs" / "operations.md")
SHIPPED = ("pixiv_crawler", "scrapy.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE")
WAIT_SECONDS = 60


@dataclass
class Job(Crawl):
    """A job that has ended."""

    spider: str = ""
    job: str = ""

    @property
    def run_folder(self) -> Path:
        return self.data / self.spider / self.job

    @property
    def files(self) -> dict[str, Path]:
        """The files of the users in its lines; other jobs store files in the same folder."""
        users = {str(line["user"]["id"]) for line in self.lines("illusts")}
        return {path: file for path, file in super().files.items() if path.partition("/")[0] in users}


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Waits until `condition` returns a true value; returns it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen in {WAIT_SECONDS} seconds"
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Server:
    """`/srv/pixiv` of the guide in another folder and on a free port; jobs crawl `sandbox`."""

    def __init__(self, folder: Path, sandbox: Sandbox, programs: Path) -> None:
        self.folder, self.sandbox, self.programs, self.port = folder, sandbox, programs, free_port()
        folder.mkdir(exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    # --- Contents of the guide

    def here(self, text: str) -> str:
        """A text of the guide with this folder and this port."""
        return text.replace("/srv/pixiv", str(self.folder)).replace("6800", str(self.port))

    def file(self, name: str) -> str:
        """A file of the guide."""
        (text,) = (block.text for block in GUIDE if block.mark == name)
        return self.here(text)

    def unit(self, name: str) -> list[list[str]]:
        """The commands of a systemd unit."""
        lines = self.file(name).splitlines()
        return [line.removeprefix("ExecStart=").split() for line in lines if line.startswith("ExecStart=")]

    def run(self, mark: str) -> str:
        """Runs the blocks of the guide with this mark, each in a separate shell; returns their output."""
        scripts = [self.here(block.text) for block in GUIDE if block.mark == mark]
        assert scripts
        return "".join(self.call(["bash", "-euo", "pipefail", "-c", script]) for script in scripts)

    def call(self, words: list[str]) -> str:
        path = os.pathsep.join([str(self.programs), str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = clean_environment() | {"PATH": path, "PIP_NO_COMPILE": "1"}  # most modules are never imported
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def copy_project(self) -> None:
        """Copies the files of a clone of the repository; only the deployment port differs."""
        clone = self.folder / "pixiv_crawler"
        clone.mkdir()
        for name in SHIPPED:
            if (PROJECT / name).is_dir():
                shutil.copytree(PROJECT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(PROJECT / name, clone)
        (clone / "scrapy.cfg").write_text(self.here((clone / "scrapy.cfg").read_text()))

    # --- Scrapyd

    @property
    def environment(self) -> dict[str, str]:
        """The environment file of the service."""
        lines = (self.folder / "environment").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def start(self, *, program: Path | None = None, **options: str) -> None:
        """Starts Scrapyd like the service, with additional options."""
        (command,) = self.unit("scrapyd.service")
        more = "".join(f"{name} = {value}\n" for name, value in options.items())
        (self.folder / "scrapyd.conf").write_text(self.file("scrapyd.conf") + more)
        login = {"HOME": str(self.folder), "PIXIV_REFRESH_TOKEN": self.sandbox.refresh_token}
        with (self.folder / "scrapyd.out").open("wb") as out:
            self._process = subprocess.Popen(
                [program or command[0], *command[1:]],
                cwd=self.folder,
                env=clean_environment() | self.environment | login,
                stdout=out,
                stderr=out,
            )
        wait_until(self._is_up, "the start of Scrapyd")

    def _is_up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.output
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        if self._process is None:
            return
        for job in self.jobs("running"):
            self.cancel(job["id"], signal="KILL")
        wait_until(lambda: not self.jobs("running"), "the end of all jobs")
        self._process.terminate()
        self._process.wait(WAIT_SECONDS)

    @property
    def output(self) -> str:
        """The log of Scrapyd."""
        return (self.folder / "scrapyd.out").read_text("utf-8")

    def request(self, path: str, *, login: bool = True, **form: Any) -> tuple[int, str]:
        """Sends a request (POST if there is a form); returns status and body."""
        http_request = Request(f"http://127.0.0.1:{self.port}{path}", urlencode(form, doseq=True).encode() or None)
        if login:
            name, word = self.environment["SCRAPYD_USERNAME"], self.environment["SCRAPYD_PASSWORD"]
            http_request.add_header("Authorization", f"Basic {base64.b64encode(f'{name}:{word}'.encode()).decode()}")
        try:
            with urlopen(http_request, timeout=WAIT_SECONDS) as response:
                return response.status, response.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def json(self, path: str, **form: Any) -> dict[str, Any]:
        status, body = self.request(path, **form)
        response = json.loads(body)
        assert (status, response["status"]) == (200, "ok"), body
        return response

    def jobs(self, state: str) -> list[dict[str, Any]]:
        return list(self.json("/listjobs.json")[state])

    # --- Jobs

    @property
    def settings(self) -> list[str]:
        """The settings of jobs for the simulated Pixiv."""
        url = self.sandbox.url
        return [
            f"PIXIV_API_URL={url}",
            f"PIXIV_OAUTH_URL={self.sandbox.oauth_url}",
            f"PIXIV_IMAGE_URL={url}",
            "PIXIV_API_DELAY=0.001",
        ]

    def schedule(self, spider: str, job: str, *, project: str = "pixiv_crawler", **arguments: Any) -> None:
        form = {"project": project, "spider": spider, "jobid": job, "setting": self.settings} | arguments
        assert self.json("/schedule.json", **form)["jobid"] == job

    def cancel(self, job: str, **how: str) -> None:
        assert self.json("/cancel.json", project="pixiv_crawler", job=job, **how)["prevstate"] == "running"

    def ended(self, spider: str, job: str, *, times: int = 1) -> Job:
        """Waits until the job has ended `times` times; returns it."""
        wait_until(lambda: [job_["id"] for job_ in self.jobs("finished")].count(job) >= times, f"the end of {job}")
        ends = [line for line in self.output.splitlines() if f"job='{job}'" in line and " Process " in line]
        log = self.folder / "logs" / "pixiv_crawler" / spider / f"{job}.log"
        text = log.read_text("utf-8") if log.exists() else ""
        exit_ = re.search(r"Process died: exitstatus=(\w+)", ends[-1])
        status = 0 if exit_ is None else -signal.SIGKILL if exit_[1] == "None" else int(exit_[1])
        return Job(status, "", text, self.folder / "data", spider=spider, job=job)

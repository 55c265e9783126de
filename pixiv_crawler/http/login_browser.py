"""Pixiv's login page in a browser window of its own, which reads the URL that the login leads to."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, closing
from tempfile import TemporaryDirectory
from threading import Thread

from pixiv_crawler.exceptions import LoginError, SettingError

# Pixiv redirects to a URL of its app, which no browser can open; only what it reports about its requests contains the URL.
_CALLBACK = re.compile(r'pixiv://[^"\\\s]+')
_POLL_SECONDS = 0.2
# Commands of WebDriver BiDi; the answer to the last one names the tab.
_BEFORE_NAVIGATION: tuple[tuple[str, dict[str, object]], ...] = (
    ("session.new", {"capabilities": {}}),
    ("session.subscribe", {"events": ["network.responseStarted"]}),
    ("browsingContext.getTree", {}),
)


def read_callback(browser: str, login_url: str) -> str:
    """Opens the login page in a browser, and waits until the user has logged in; returns the URL `pixiv://...`.

    Raises:
        SettingError: Selenium is not installed.
        LoginError: there is no such browser, or its window was closed before.
    """
    try:
        from selenium.common import WebDriverException
        from urllib3.exceptions import HTTPError
        from websocket import WebSocketException
    except ImportError:
        raise SettingError("--browser requires the extra browser; run: pip install 'pixiv_crawler[browser]'") from None
    reports = _reports_of_firefox if browser == "firefox" else _reports_of_chromium
    try:
        with closing(reports(login_url)) as shown:
            return next(found[0] for report in shown if (found := _CALLBACK.search(report)))
    except (WebDriverException, WebSocketException, HTTPError, OSError, StopIteration) as error:
        why = str(getattr(error, "msg", error)).partition("\n")[0] or type(error).__name__
        why += "" if has_display() else "; it needs a display"
        raise LoginError(f"the browser ended without a login ({why}): try again, or without --browser") from error


def has_display() -> bool:
    """Whether a browser can open a window."""
    return sys.platform in ("win32", "darwin") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & {*os.environ})


def _reports_of_chromium(url: str) -> Generator[str, None, None]:
    """What Chromium or Chrome reports about its requests until its window is closed."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    # What is not on the PATH, Selenium finds or downloads itself; it would also send statistics to its authors.
    os.environ["SE_AVOID_STATS"] = "true"
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options, service) as driver:
        driver.get(url)
        while driver.title is not None:  # raises an error if the window was closed
            yield from (entry["message"] for entry in driver.get_log("performance"))  # type: ignore[no-untyped-call]  # Selenium has no type for it
            time.sleep(_POLL_SECONDS)


def _reports_of_firefox(url: str) -> Generator[str, None, None]:
    """The same of Firefox, which needs no driver: it speaks WebDriver BiDi itself."""
    from websocket import create_connection  # Selenium depends on it

    program = shutil.which("firefox") or shutil.which("firefox-esr") or "firefox"
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, "--profile", profile, "--no-remote", "--new-instance", "--remote-debugging-port", "0"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)  # noqa: S603 - the browser of the user
        with process, ExitStack() as stack:
            stack.callback(process.kill)
            assert process.stderr is not None
            address = next((found[0] for line in process.stderr if (found := re.search(r"ws://\S+", line))), None)
            if address is None:
                raise OSError("Firefox did not start")
            Thread(target=process.stderr.read, daemon=True).start()  # Firefox would wait if nobody read it
            with closing(create_connection(f"{address}/session", suppress_origin=True)) as connection:
                for number, (method, params) in enumerate(_BEFORE_NAVIGATION):
                    connection.send(json.dumps({"id": number, "method": method, "params": params}))
                    answer = connection.recv()
                params = {
                    "context": json.loads(answer)["result"]["contexts"][0]["context"],
                    "url": url,
                    "wait": "none",
                }
                connection.send(json.dumps({"id": 9, "method": "browsingContext.navigate", "params": params}))
                while report := connection.recv():
                    yield str(report)

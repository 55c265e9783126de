"""Debian's Chromium, driven by Selenium: opens pages as files and lists the URLs that they request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
# All flags but the first two keep Chromium from sending requests to Google.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
]  # fmt: skip


class Browser:
    """A separate Chromium with an empty profile."""

    def __init__(self, profile: Path) -> None:
        if not CHROMIUM or not DRIVER:
            pytest.skip("Chromium or its driver is not installed; on Debian: apt-get install chromium chromium-driver")
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))

    def close(self) -> None:
        self.driver.quit()

    def open(self, page: Path, hash_: str = "", *, width: int = 1280, height: int = 900) -> None:
        """Loads the page in a viewport of that size; clears the logs."""
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        self.set_media_features()
        self.requested_urls(), self.console_messages()
        self.driver.get(page.as_uri() + hash_)
        # The page filters when it has loaded the columns of all works.
        self.wait("index.isReady && document.querySelector('#count').textContent")

    def set_media_features(self, **features: str) -> None:
        """Emulates CSS media features, such as prefers_color_scheme="dark"."""
        emulated = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": emulated})

    def requested_urls(self) -> list[str]:
        """The URLs that were requested since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]

    def console_messages(self) -> list[str]:
        """The messages of the console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def js(self, expression: str, *arguments: Any) -> Any:
        return self.driver.execute_script(f"return {expression}", *arguments)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element("css selector", selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        return self.js("[...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def press(self, key: str) -> None:
        self.driver.switch_to.active_element.send_keys(key)

    def wait(self, expression: str, seconds: float = 10) -> None:
        """Waits until an expression is true."""
        WebDriverWait(self.driver, seconds, 0.05).until(
            lambda _: self.js(expression), f"never became true: {expression}"
        )

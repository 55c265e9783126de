"""Debian's Chromium, driven by Selenium: opens pages as files and tells what they asked for."""

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
# The flags but the first two keep Chromium from asking hosts of its makers.
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
]  # fmt: skip


class Browser:
    """A Chromium of the test's own, with an empty profile."""

    def __init__(self, profile: Path) -> None:
        if not CHROMIUM or not DRIVER:
            pytest.skip("there is no Chromium with its driver; on Debian: apt-get install chromium chromium-driver")
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for flag in [*FLAGS, f"--user-data-dir={profile}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))

    def close(self) -> None:
        self.driver.quit()

    def open(self, page: Path, hash_: str = "", *, width: int = 1280, height: int = 900) -> None:
        """Loads the page anew, in a window whose inside has that size; what was logged before is forgotten."""
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        self.prefer()
        self.addresses(), self.complaints()
        self.driver.get(page.as_uri() + hash_)

    def prefer(self, **features: str) -> None:
        """What the person prefers, such as prefers_color_scheme="dark"."""
        told = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": told})

    def addresses(self) -> list[str]:
        """All that was asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What the console says since the last call."""
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
        WebDriverWait(self.driver, seconds, 0.05).until(lambda _: self.js(expression), f"never true: {expression}")

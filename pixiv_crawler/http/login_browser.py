"""Pixiv's login page in a browser window of its own, which reads the URL that the login leads to."""

import os
import re
import shutil
import time

from pixiv_crawler.exceptions import LoginError, SettingError

# Pixiv redirects to a URL of its app, which no browser can open; only the browser's log of its requests contains it.
_CALLBACK = re.compile(r'pixiv://[^"\\\s]+')
_POLL_SECONDS = 0.2


def read_callback(login_url: str) -> str:
    """Opens the login page in Chromium or Chrome, and waits until the user has logged in; returns the URL `pixiv://...`.

    Raises:
        SettingError: Selenium is not installed.
        LoginError: there is no browser, or its window was closed before.
    """
    try:
        from selenium import webdriver
        from selenium.common import WebDriverException
        from urllib3.exceptions import HTTPError
    except ImportError:
        raise SettingError("--browser requires the extra browser; run: pip install 'pixiv_crawler[browser]'") from None
    options = webdriver.ChromeOptions()
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    # What is not on the PATH, Selenium finds or downloads itself; it would also send statistics to its authors.
    os.environ["SE_AVOID_STATS"] = "true"
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or ""
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    try:
        with webdriver.Chrome(options, service) as driver:
            driver.get(login_url)
            while True:
                for entry in driver.get_log("performance"):  # type: ignore[no-untyped-call]  # Selenium has no type for it
                    if found := _CALLBACK.search(entry["message"]):
                        return found[0]
                _ = driver.title  # raises an error if the window was closed
                time.sleep(_POLL_SECONDS)
    except (WebDriverException, HTTPError) as error:
        why = str(getattr(error, "msg", error)).splitlines()[0]
        raise LoginError(f"the browser ended without a login ({why}): try again, or without --browser") from error

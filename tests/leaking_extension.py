"""Settings with an extension that leaks the tokens of a crawl in every way in which a library might."""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import sys
import threading
import warnings
from pathlib import Path
from urllib.parse import quote

from scrapy import signals
from scrapy.crawler import Crawler

from pixiv_crawler.http.api_session import ApiSession
from pixiv_crawler.http.token_store import find_login
from pixiv_crawler.settings import *
from pixiv_crawler.settings import EXTENSIONS as REAL_EXTENSIONS

EXTENSIONS = REAL_EXTENSIONS | {"tests.leaking_extension.LeakingExtension": 500}


class LeakingError(Exception):
    """An error whose text and repr contain tokens."""

    def __init__(self, tokens: list[str]) -> None:
        super().__init__(f"leaked {' '.join(tokens)}")
        self.tokens = tokens

    def __repr__(self) -> str:
        return f"LeakingError({self.tokens})"


class LeakingExtension:
    """Leaks tokens after each response; each message contains a distinct word, which proves that it was written."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LeakingExtension:
        extension = cls(crawler)
        crawler.signals.connect(extension.leak, signals.response_received)
        crawler.signals.connect(extension.fail, signals.response_downloaded)
        return extension

    @property
    def _tokens(self) -> list[str]:
        login = find_login(
            self._crawler.settings["PIXIV_REFRESH_TOKEN"], Path(self._crawler.settings["PIXIV_TOKEN_FILE"])
        )
        assert login is not None
        return [ApiSession.of(self._crawler).access_token, login.refresh_token, login.access_token]

    def fail(self) -> None:
        """Scrapy logs errors of signal receivers with their tracebacks."""
        raise LeakingError(self._tokens)

    def leak(self) -> None:
        self._leak_in_messages()
        self._leak_in_errors()
        self._leak_in_tasks()
        self._leak_past_the_root_logger()

    def _leak_in_messages(self) -> None:
        for token in self._tokens:
            headers = {"Authorization": f"Bearer {token}"}
            form = {"refresh_token": token, "client_secret": "lsACyCD94FhDUtGTXi3QzcFE2uU1hqtDaKeqrdwj"}
            logging.getLogger("aiohttp.client").debug("leak-argument %s %r", token, headers)
            logging.getLogger("scrapy.core.engine").info("leak-dict %(form)s", {"form": form})
            logging.getLogger("someone.elses").warning("leak-text " + quote(token) + token[:0])  # noqa: G003
            logging.getLogger("someone.elses").warning("leak-misfit %d", token)

    def _leak_in_errors(self) -> None:
        try:
            try:
                raise LeakingError(self._tokens)
            except LeakingError as error:
                raise ValueError(f"again {error}") from error
        except ValueError as error:
            logging.getLogger("someone.elses").exception("leak-traceback", stack_info=True)
            logging.getLogger("someone.elses").error(error)
            logging.getLogger("someone.elses").error("leak-error %r", error.__cause__)

    def _leak_in_tasks(self) -> None:
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "leak-handler", "exception": LeakingError(self._tokens)})
        loop.call_soon(self.fail)
        thread = threading.Thread(target=logging.getLogger("thread").error, args=("leak-thread %s", self._tokens))
        thread.start()
        thread.join()

    def _leak_past_the_root_logger(self) -> None:
        logger = logging.Logger("aside")  # noqa: LOG001 - not a child of the root logger
        logger.addHandler(logging.StreamHandler(sys.stderr))
        logger.error("leak-aside %s", self._tokens)
        late = logging.StreamHandler(sys.stdout)
        late.setFormatter(logging.Formatter("late: %(message)s"))
        logging.getLogger("late").addHandler(late)
        logging.getLogger("late").error("leak-late %s", self._tokens)
        logging.captureWarnings(True)
        warnings.warn(f"leak-warning {self._tokens}", stacklevel=1)

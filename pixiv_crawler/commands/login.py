"""scrapy login: obtains a refresh token and stores it."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy.settings import BaseSettings

from pixiv_crawler.api import oauth
from pixiv_crawler.api.errors import ErrorKind
from pixiv_crawler.base_command import BaseCommand, fail, reject_arguments
from pixiv_crawler.console import terminal
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, PROGRAM, STOPPED_EARLY
from pixiv_crawler.exceptions import LoginError, SettingError
from pixiv_crawler.http.proxies import Proxies
from pixiv_crawler.http.token_store import Login, find_login, login_file, write_login

_X_RESTRICT = {0: "hidden", 1: "R-18 shown", 2: "R-18 and R-18G shown"}
_TIMEOUT_SECONDS = 60
# A code is valid for half a minute, and can be used once.
_TRIES = 5


class Command(BaseCommand):
    """Obtains a refresh token through Pixiv's login page (OAuth with PKCE) and stores it, or checks the stored one."""

    summary = "Obtain and store a refresh token for Pixiv, or check the stored one"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        method = parser.add_mutually_exclusive_group()
        method.add_argument(
            "--check", action="store_true", help="report whether the stored token works, and for which account"
        )
        method.add_argument(
            "--refresh-token",
            metavar="TOKEN",
            help="store this token; - reads it from stdin; use --refresh-token=TOKEN for a token that begins with -",
        )
        method.add_argument(
            "--browser",
            choices=("chromium", "firefox"),
            help="open the login page in a window of this browser, and read the code from it (extra: browser)",
        )
        method.add_argument(
            "--web",
            action="store_true",
            help="store the session of the website, for R-18 works that the app hides; explains where to find it",
        )
        method.add_argument("--username", metavar="NAME", help="try the legacy password login")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        reject_arguments(args, "login")
        try:
            self._run(opts)
        except LoginError as error:
            return fail(f"Error: {error}", STOPPED_EARLY)
        except OSError as error:
            return fail(f"Error: the login could not be stored in {self._token_file} ({error.strerror})")
        except (EOFError, KeyboardInterrupt):
            return fail("Nothing was stored.", STOPPED_EARLY)
        return COMPLETE

    def _run(self, opts: argparse.Namespace) -> None:
        assert self.settings is not None
        if self.settings.getbool("PIXIV_SANDBOX"):
            raise SettingError(
                "the simulated Pixiv (PIXIV_SANDBOX) needs no login: unset PIXIV_SANDBOX to log in to Pixiv"
            )
        Proxies.from_settings(self.settings)  # an unusable proxy is reported before the user logs in
        if opts.check:
            self._check()
        elif opts.refresh_token is not None:
            self._store_given(opts.refresh_token)
        elif opts.web:
            self._by_cookie()
        elif opts.username:
            self._by_password(opts.username)
        elif opts.browser:
            self._by_browser(opts.browser)
        else:
            self._by_page()

    def _check(self) -> None:
        say("The refresh token works.", _account(asyncio.run(self._renew())))

    async def _renew(self) -> oauth.Grant:
        """Renews the stored token. A crawl that renews it at the same time would make the one that is read here invalid."""
        from pixiv_crawler.http.rate_lock import renewal_lock  # no other command needs a lock

        assert self.settings is not None
        configured = self.settings["PIXIV_REFRESH_TOKEN"]
        path = login_file(configured, self._token_file)
        async with renewal_lock(path).acquire():
            login = find_login(configured, path)
            if login is None:
                raise LoginError(
                    f"no refresh token found in PIXIV_REFRESH_TOKEN or in {self._token_file}; run: {PROGRAM} login"
                )
            grant = await self._request_grant(oauth.refresh_form(login.refresh_token, *self._client))
            write_login(path, login.renewed(grant))
        return grant

    def _store_given(self, token: str) -> None:
        token = (sys.stdin.readline() if token == "-" else token).strip()  # noqa: S105 - stands for stdin, not a secret
        if not token or any(letter.isspace() for letter in token):
            raise LoginError("the given value is not a refresh token: pass a token (43 characters, no spaces)")
        write_login(self._token_file, Login(token))
        say(f"Stored in {self._token_file}; to check whether it works, run: {PROGRAM} login --check")

    def _by_password(self, username: str) -> None:
        say("Pixiv has rejected password logins since February 2021; trying anyway.")
        self._finish(oauth.password_form(username, getpass.getpass("Password: "), *self._client))

    def _by_browser(self, browser: str) -> None:
        from pixiv_crawler.http.login_browser import read_callback  # needs the extra

        pkce = oauth.Pkce()
        say("Log in to Pixiv in the window that opens.")
        self._finish(
            oauth.code_form(oauth.login_code(read_callback(browser, pkce.login_url)), pkce.verifier, *self._client)
        )

    def _by_cookie(self) -> None:
        """Stores the session of the website."""
        from pixiv_crawler.http.web_session import parse_session, store_session

        assert self.settings is not None
        if sys.stdin.isatty():
            say(
                "1. Log in to https://www.pixiv.net in your browser.",
                "2. Open its developer tools (F12), and in them the tab Application (Chrome) or Storage (Firefox).",
                "3. Select Cookies, then https://www.pixiv.net, and copy the value of PHPSESSID.",
                "   It is as secret as a password: whoever has it is logged in as you.",
            )
            session = parse_session(getpass.getpass("Paste it here (it is not shown): "))
        else:
            session = parse_session(sys.stdin.readline())
        asyncio.run(self._check_session(session))
        say(f"The website accepts the session; it is stored in {store_session(self._token_file, session)}.")

    async def _check_session(self, session: str) -> None:
        """Checks a session by requesting the list of the account's own works.

        Raises:
            LoginError: the website rejects it, or cannot be reached.
        """
        from pixiv_crawler.api.website import calls
        from pixiv_crawler.api.website.classification import classify_web
        from pixiv_crawler.http.web_session import browser_headers

        assert self.settings is not None
        account = session.partition("_")[0]
        call = calls.profile_all(int(account) if account.isdecimal() else 11)
        web_url = self.settings["PIXIV_WEB_URL"].rstrip("/")
        headers = browser_headers(f"{web_url}/", session)
        proxies = Proxies.from_settings(self.settings)
        status, received, body = await _send(proxies, "GET", web_url + call.target_of_get, headers=headers)
        lower = {name.lower(): value for name, value in received.items()}
        _, fault = classify_web(status, lower, body, call, has_session=True)
        if fault and fault.kind is ErrorKind.BAD_SESSION:
            raise LoginError("the website rejects the session: log in to it again, and copy the new value")
        if fault:
            raise LoginError(f"the website could not check the session ({fault}); nothing was stored")

    def _by_page(self) -> None:
        pkce = oauth.Pkce()
        say(
            "1. Open the developer tools of your browser (F12), and in them the tab Network.",
            "2. Open this page in the same tab, and log in:",
            f"   {pkce.login_url}",
            "3. The URL of the last request looks like this:",
            "   pixiv://account/login?code=Kx2hXq...&via=login",
            "   Paste it, or its code, within half a minute:",
        )
        _open_in_browser(pkce.login_url)
        for tries_left in reversed(range(_TRIES)):
            try:
                self._finish(oauth.code_form(oauth.login_code(input()), pkce.verifier, *self._client))
            except LoginError as error:
                if not tries_left:
                    raise
                say(f"Error: {error}", is_error=True)
                say("Open the page again, and paste the new URL or code (Ctrl-C: store nothing):")
            else:
                return

    def _finish(self, form: oauth.Form) -> None:
        grant = asyncio.run(self._request_grant(form))
        write_login(self._token_file, Login(grant.refresh_token).renewed(grant))
        say(f"Logged in; the refresh token is stored in {self._token_file}.", _account(grant))

    async def _request_grant(self, form: oauth.Form) -> oauth.Grant:
        assert self.settings is not None
        url = self.settings["PIXIV_OAUTH_URL"]
        proxies = Proxies.from_settings(self.settings)
        status, body = await _post(url, form, self.settings["USER_AGENT"], proxies)
        return oauth.parse_grant(status, body)

    @property
    def _token_file(self) -> Path:
        assert self.settings is not None
        return Path(self.settings["PIXIV_TOKEN_FILE"]).expanduser()

    @property
    def _client(self) -> tuple[str, str]:
        assert self.settings is not None
        return self.settings["PIXIV_CLIENT_ID"], self.settings["PIXIV_CLIENT_SECRET"]


def _open_in_browser(url: str) -> None:
    """Opens a page if this is a person's desktop: on a server, Python would start a browser in the terminal."""
    from pixiv_crawler.http.login_browser import has_display

    if has_display() and terminal.is_terminal(sys.stdin):
        import webbrowser  # no other command needs it

        webbrowser.open(url)


async def _post(url: str, form: oauth.Form, user_agent: str, proxies: Proxies) -> tuple[int, bytes]:
    headers = oauth.client_headers(datetime.now(UTC)) | {"User-Agent": user_agent}
    status, _, body = await _send(proxies, "POST", url, data=form, headers=headers)
    return status, body


async def _send(proxies: Proxies, method: str, url: str, **options: Any) -> tuple[int, Mapping[str, str], bytes]:
    import aiohttp  # no other command needs it

    try:
        return await proxies.send(method, url, seconds=_TIMEOUT_SECONDS, **options)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise LoginError(
            f"{url} could not be reached ({type(error).__name__}: {error}); check the network connection"
        ) from error


def _account(grant: oauth.Grant) -> str:
    user = grant.user
    if user is None:
        return "Pixiv did not return the account."
    premium = "premium" if user.is_premium else "no premium"
    return f"Account: {user.name} (ID {user.id}, {premium}, {_X_RESTRICT.get(user.x_restrict, user.x_restrict)})"

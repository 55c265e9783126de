"""scrapy sandbox: serves the simulated Pixiv."""

import argparse
import signal
import threading
from pathlib import Path

from scrapy.settings import BaseSettings

from pixiv_crawler.base_command import BaseCommand, fail
from pixiv_crawler.console.printing import say
from pixiv_crawler.console.program import COMPLETE, PROGRAM
from pixiv_crawler.exceptions import ArgumentError

# On Windows, signals do not interrupt a wait.
_WAIT_SECONDS = 0.5


class Command(BaseCommand):
    """Serves the simulated Pixiv on a loopback port until it is stopped."""

    summary = "Serve the simulated Pixiv on a loopback port"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--port", type=int, default=0, help="port to listen on (default: a free one)")
        parser.add_argument(
            "--samples", metavar="FOLDER", help="folder of recorded responses to serve in preference to generated ones"
        )
        parser.add_argument("--real-hosts", action="store_true", help="respond with the URLs of Pixiv's own hosts")
        parser.add_argument("--who", action="store_true", help="list who and what is there, and exit")

    def execute(self, args: list[str], opts: argparse.Namespace, settings: BaseSettings) -> int:
        if args:
            # Scrapy passes on everything that it does not know, including misspelt options.
            raise ArgumentError(f"{args[0]!r} is not an option of {PROGRAM} sandbox: see {PROGRAM} sandbox --help")
        # A server and its world, which no other command needs.
        from pixiv_crawler.sandbox import Sandbox, SandboxError, World, who

        if opts.who:
            say(*who(World()), "", f"Crawl one: {PROGRAM} crawl user_works -a user_id=11 -s PIXIV_SANDBOX=1")
            return COMPLETE

        samples = opts.samples or settings["PIXIV_SANDBOX_SAMPLES"]
        folder = Path(samples) if samples else None
        sandbox = Sandbox(port=opts.port, samples=folder, real_hosts=opts.real_hosts, real_time=True, scenes=True)
        try:
            sandbox.start()
        except SandboxError as error:
            return fail(f"Error: {error}")
        stop = threading.Event()
        for number in {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGINT)}:
            signal.signal(number, lambda *_: stop.set())
        say(
            f"Simulated Pixiv at {sandbox.url}",
            f"Refresh token: {sandbox.refresh_token}",
            f"Session of the website: {sandbox.web_session}",
        )
        while not stop.wait(_WAIT_SECONDS):
            pass
        sandbox.stop()
        return COMPLETE

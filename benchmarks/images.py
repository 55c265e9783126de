"""Serves one file at every URL until stopped; prints its base URL. Uses TLS if a certificate is given."""

from __future__ import annotations

import argparse
import asyncio
import ssl
import sys
from pathlib import Path

from aiohttp import web


def main() -> None:
    options = _parser().parse_args()
    asyncio.run(_serve(options.file, options.latency, options.certificate))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--latency", type=float, default=0, help="seconds before every response")
    parser.add_argument("--certificate", type=Path, help="a file with certificate and key")
    return parser


async def _serve(file: Path, latency: float, certificate: Path | None) -> None:
    async def respond(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(latency)
        return web.FileResponse(file)

    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    runner = web.ServerRunner(web.Server(respond, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    port = runner.addresses[0][1]
    print(f"{'https' if context else 'http'}://localhost:{port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())

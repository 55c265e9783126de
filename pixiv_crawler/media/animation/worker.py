"""The process that makes one animation: a job as a line of JSON comes in, an answer as JSON goes out."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation import AnimationError, make_animation, part_of

_NICENESS = 5
_READ_BYTES = 65_536


def main() -> None:
    """Makes the animation of the job on standard input, with less claim to the processor than the crawl has."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    zip_name, frames, kind, target_name = json.loads(_line())
    target = Path(target_name)
    threading.Thread(target=_end_with_crawl, args=(part_of(target),), daemon=True).start()
    answer = _made(Path(zip_name), [Frame(file=file, delay=delay) for file, delay in frames], kind, target)
    os.write(sys.stdout.fileno(), json.dumps(answer).encode())


def _line() -> bytes:
    """The job; nothing behind it is read, and no buffer keeps the thread that watches from reading."""
    line = b""
    while not line.endswith(b"\n"):
        if not (piece := os.read(sys.stdin.fileno(), _READ_BYTES)):
            raise SystemExit(1)  # the crawl is gone already
        line += piece
    return line


def _end_with_crawl(part: Path) -> None:
    """Ends the process when nobody holds the other end of its input any more, however the crawl ended."""
    while os.read(sys.stdin.fileno(), _READ_BYTES):
        pass
    with suppress(OSError):
        part.unlink(missing_ok=True)
    os._exit(1)


def _made(zip_path: Path, frames: list[Frame], kind: str, target: Path) -> dict[str, Any]:
    """Makes the animation; tells what came in between."""
    try:
        make_animation(zip_path, frames, kind, target)
    except AnimationError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"errno": error.errno, "strerror": error.strerror}
    except Exception as error:  # noqa: BLE001 - the crawl goes on, and tells
        return {"error": f"the animation could not be made as {kind}: {type(error).__name__}: {error}"}
    return {}

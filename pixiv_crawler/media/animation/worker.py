"""The process that generates one animation: reads a job as a line of JSON, and writes the result as JSON."""

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from pixiv_crawler.items import Frame
from pixiv_crawler.media.animation import AnimationError, temporary_path
from pixiv_crawler.media.animation.formats import generate_animation

_NICENESS = 5
_READ_BYTES = 65_536


def main() -> None:
    """Generates the animation of the job on standard input, with a lower priority than the crawl."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    zip_name, frames, kind, target_name = json.loads(_line())
    target = Path(target_name)
    threading.Thread(target=_end_with_crawl, args=(temporary_path(target),), daemon=True).start()
    result = _generate(Path(zip_name), [Frame(file=file, delay=delay) for file, delay in frames], kind, target)
    os.write(sys.stdout.fileno(), json.dumps(result).encode())


def _line() -> bytes:
    """The job; nothing after it is read into a buffer, so that the watching thread can read it."""
    line = b""
    while not line.endswith(b"\n"):
        if not (piece := os.read(sys.stdin.fileno(), _READ_BYTES)):
            raise SystemExit(1)  # the crawl has ended already
        line += piece
    return line


def _end_with_crawl(part: Path) -> None:
    """Ends the process when the other end of its standard input is closed, however the crawl ended."""
    while os.read(sys.stdin.fileno(), _READ_BYTES):
        pass
    with suppress(OSError):
        part.unlink(missing_ok=True)
    os._exit(1)


def _generate(zip_path: Path, frames: list[Frame], kind: str, target: Path) -> dict[str, Any]:
    """Generates the animation; returns which frames it lacks, or the error if there was one."""
    try:
        return {"problem": generate_animation(zip_path, frames, kind, target)}
    except AnimationError as error:
        return {"error": str(error)}
    except OSError as error:
        return {"errno": error.errno, "strerror": error.strerror}
    except Exception as error:  # noqa: BLE001 - the crawl continues and records it
        return {"error": f"the animation could not be generated as {kind}: {type(error).__name__}: {error}"}

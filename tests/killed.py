"""`scrapy` that kills itself as kill -9 would, at a moment of bringing a file under its name.

The first argument is the moment: the number of a step, from 1. Steps are what changes the state or a folder of files.
"""

from __future__ import annotations

import inspect
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from scrapy.cmdline import execute

from pixiv_crawler.files import store
from pixiv_crawler.run.state.sqlite import SqliteState

steps = int(sys.argv.pop(1))


def take_step() -> None:
    global steps
    steps -= 1
    if steps == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def dying(function: Callable[..., Any]) -> Callable[..., Any]:
    def step(*args: Any, **kwargs: Any) -> Any:
        done = function(*args, **kwargs)
        take_step()
        return done

    async def async_step(*args: Any, **kwargs: Any) -> Any:
        done = await function(*args, **kwargs)
        take_step()
        return done

    return async_step if inspect.iscoroutinefunction(function) else step


if __name__ == "__main__":
    for owner, name in ((store, "_prepare"), (store, "replace_durably"), (SqliteState, "save_file")):
        setattr(owner, name, dying(getattr(owner, name)))
    execute()

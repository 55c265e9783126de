"""Starts a program from a small process, and writes its exit status and its resources to a file: FILE PROGRAM ARGUMENT...

Linux counts the memory of the process that starts a program as the program's own peak, so the benchmarks, which need
more than some of the programs, do not start them directly.
"""

import json
import os
import sys
from pathlib import Path

if __name__ == "__main__":
    pid = os.posix_spawn(sys.argv[2], sys.argv[2:], os.environ)
    _, status, usage = os.wait4(pid, 0)
    Path(sys.argv[1]).write_text(json.dumps([os.waitstatus_to_exitcode(status), list(usage)]), "utf-8")

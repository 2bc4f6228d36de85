"""Keeps an embedded Postgres running while anybody holds its lock; run as a script by `embedded`, with no imports."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 30


def main() -> None:
    """Run `argv[3:]` as user `argv[2]` until nobody holds a shared lock on the file `argv[1]` any more."""
    if os.fork():
        return
    os.setsid()
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    user = int(sys.argv[2])
    server = subprocess.Popen(
        sys.argv[3:],
        user=user if os.geteuid() == 0 else None,
        preexec_fn=_die_with_us,  # noqa: PLW1509 - this process has no threads
        umask=0o077,
    )
    with open(sys.argv[1], "a") as users:  # noqa: PTH123 - no imports that cost time
        fcntl.flock(users, fcntl.LOCK_EX)
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _die_with_us() -> None:
    """Let the kernel stop the server if this supervisor is killed; set after the user change, which clears it."""
    for ours in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ours, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


if __name__ == "__main__":
    main()

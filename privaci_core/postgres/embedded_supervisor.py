"""Runs an embedded Postgres while any process holds its lock.

`embedded` starts this file as a script, so it imports nothing that takes time.
"""

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
    """Run `argv[3:]` as user `argv[2]` while any process holds a shared lock on `argv[1]`."""
    if os.fork():
        return
    os.setsid()
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    user = int(sys.argv[2])
    try:
        server = subprocess.Popen(
            sys.argv[3:],
            user=user if os.geteuid() == 0 else None,
            preexec_fn=_die_with_us,  # noqa: PLW1509 - this process has no threads
            umask=0o077,
        )
    except (OSError, subprocess.SubprocessError) as error:
        sys.exit(f"error: the server's program was not started: {type(error).__name__}")
    with open(sys.argv[1], "a") as users:  # noqa: PTH123 - no imports that cost time
        fcntl.flock(users, fcntl.LOCK_EX)
        server.send_signal(signal.SIGINT)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _die_with_us() -> None:
    """Let the kernel stop the server if this supervisor is killed.

    It is set after the change of user, which would clear it.
    """
    for ours in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ours, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


if __name__ == "__main__":
    main()

"""A process that makes and resets runs with four threads, until it is killed.

Run as `python killed_worker.py DSN SCENARIOS SEED`; it prints a line for each thing that is done.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData

THREADS = 4


def work(service: TestData, seed: str) -> None:
    """Make runs, and reset every other one."""
    drawn = random.Random(seed)  # noqa: S311 - a test repeats what it drew
    while True:
        answer = service.request("denied", invoker=seed)
        tell(f"made {answer.test_run_id}")
        if drawn.random() < 0.5:
            service.reset(answer.test_run_id, answer.cleanup_token, invoker=seed)
            tell(f"reset {answer.test_run_id}")


def tell(line: str) -> None:
    """Tell the process that kills this one."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(dsn: str, folder: str, seed: str) -> None:
    """Work side by side."""
    service = TestData(dsn, Scenarios(Path(folder)))
    threads = [
        threading.Thread(target=work, args=(service, f"{seed} {number}"))
        for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])

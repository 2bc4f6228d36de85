"""The page under test: a patient's prescriptions, read from the target that a variable names."""

from __future__ import annotations

import html
import os
import sys
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

from privaci_core.postgres.embedded import reachable

PRESCRIPTIONS = """
SELECT drug_name, dose FROM clinical.prescription WHERE patient_id = %s ORDER BY id
"""
PAGE = "<!doctype html><title>Prescriptions</title><h1>Prescriptions</h1><ul>{}</ul>"


class Prescriptions(BaseHTTPRequestHandler):
    """Answers /patients/<id>."""

    def __init__(self, dsn: str, *given: object) -> None:
        """Read from this database."""
        self.dsn = dsn
        super().__init__(*given)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Show the prescriptions of a patient."""
        patient = self.path.rpartition("/")[2]
        with psycopg.connect(self.dsn) as connection:
            found = connection.execute(PRESCRIPTIONS, [patient]).fetchall()
        lines = (f"<li>{html.escape(drug)}, {html.escape(dose)}</li>" for drug, dose in found)
        page = PAGE.format("".join(lines)).encode()
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_: object) -> None:
        """Print nothing: a path holds a patient's key."""


if __name__ == "__main__":
    with reachable(os.environ["TARGET_DB_URL"]) as target:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Prescriptions, target))
        sys.stdout.write(f"Clinic: http://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()

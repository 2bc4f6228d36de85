#!/bin/sh
# Refreshes the masked copy that databases of pull requests are cloned from. Exits with 6 if
# production has a table or column that the lock file does not list.
set -eu
cd "$(dirname "$0")"
privaci drift
privaci run --config mask-rules.yaml
privaci report --out proof

#!/bin/sh
# A database of its own for a pull request: `pull-request.sh NUMBER up|run COMMAND|down`. TARGET_DB_URL is the masked copy.
set -eu
number="$1"
case "$number" in *[!0-9]* | "") echo "a pull request has a number" >&2; exit 2 ;; esac
masked=$(psql "$TARGET_DB_URL" --tuples-only --no-align --command "SELECT current_database()")
clone="${masked}_pr_${number}"

# The same server and user, another database.
url_of() {
    python -c 'import os, sys
from psycopg.conninfo import make_conninfo
print(make_conninfo(os.environ["TARGET_DB_URL"], dbname=sys.argv[1]))' "$1"
}
admin=$(url_of postgres)

case "$2" in
up)
    # A copy that a refresh is in the middle of is no template.
    psql "$TARGET_DB_URL" --quiet --set ON_ERROR_STOP=1 --command "DO \$\$ BEGIN
        IF to_regclass('_privaci.unfinished') IS NOT NULL THEN RAISE EXCEPTION 'the masked copy is unfinished'; END IF;
    END \$\$"
    psql "$admin" --quiet --set ON_ERROR_STOP=1 --command "CREATE DATABASE \"$clone\" TEMPLATE \"$masked\""
    ;;
run)
    # Its address holds a password: it goes to the command alone, and into no log.
    shift 2
    DATABASE_URL=$(url_of "$clone") exec "$@"
    ;;
down) psql "$admin" --quiet --set ON_ERROR_STOP=1 --command "DROP DATABASE IF EXISTS \"$clone\" (FORCE)" ;;
*) echo "up, run or down" >&2; exit 2 ;;
esac

#!/bin/sh
# Creates, uses or drops the database of a pull request, a clone of the masked copy TARGET_DB_URL:
# pull-request.sh NUMBER up|run COMMAND|down
set -eu
number="$1"
case "$number" in *[!0-9]* | "") echo "name the number of a pull request" >&2; exit 2 ;; esac
masked=$(psql "$TARGET_DB_URL" --tuples-only --no-align --command "SELECT current_database()")
clone="${masked}_pr_${number}"

# The URL of another database, on the same server and with the same user.
url_of() {
    python -c 'import os, sys
from psycopg.conninfo import make_conninfo
print(make_conninfo(os.environ["TARGET_DB_URL"], dbname=sys.argv[1]))' "$1"
}
admin=$(url_of postgres)

case "$2" in
up)
    # Never clone an unfinished copy.
    psql "$TARGET_DB_URL" --quiet --set ON_ERROR_STOP=1 --command "DO \$\$ BEGIN
        IF to_regclass('_privaci.unfinished') IS NOT NULL THEN
            RAISE EXCEPTION 'the masked copy is unfinished';
        END IF;
    END \$\$"
    psql "$admin" --quiet --set ON_ERROR_STOP=1 \
        --command "CREATE DATABASE \"$clone\" TEMPLATE \"$masked\""
    ;;
run)
    # The URL may contain a password: only the command gets it, and no log.
    shift 2
    DATABASE_URL=$(url_of "$clone") exec "$@"
    ;;
down)
    psql "$admin" --quiet --set ON_ERROR_STOP=1 \
        --command "DROP DATABASE IF EXISTS \"$clone\" (FORCE)"
    ;;
*) echo "up, run or down" >&2; exit 2 ;;
esac

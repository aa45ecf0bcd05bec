#!/usr/bin/env bash
# A control plane with a private database, and 50 simulated agents that enrol and report for 20 seconds. Everything
# is kept in a temporary folder that is gone afterwards. Arguments go to the agents: tools/demo.sh --nodes 500
# Wants release builds of both programs; `make demo` makes them. Ctrl-C ends it early, with the report.
set -euo pipefail
cd "$(dirname "$0")/.."

programs=${CARGO_TARGET_DIR:-target}/release
start_seconds=120   # making a database on a slow disk is what takes long
stop_seconds=30

for program in plexsphere fleet; do
    if [ ! -x "$programs/$program" ]; then
        echo "demo: $programs/$program is missing; run \`make demo\`, or \`cargo build --release --bins\` first" >&2
        exit 2
    fi
done
if [ -z "${PLEXSPHERE_PG_BIN:-}" ]; then
    PLEXSPHERE_PG_BIN=$(tools/pg-bin.sh)
    # Empty: the server looks for one by itself.
    if [ -n "$PLEXSPHERE_PG_BIN" ]; then export PLEXSPHERE_PG_BIN; else unset PLEXSPHERE_PG_BIN; fi
fi

# Background programs get process groups of their own: Ctrl-C reaches this script only, which then ends them in order.
set -m

folder=$(mktemp -d "${TMPDIR:-/tmp}/plexsphere-demo.XXXXXX")
server=
fleet=

running() {
    kill -0 "$1" 2>/dev/null
}

# `wait` knows no time limit.
ended_within() {
    local deadline=$((SECONDS + $2))
    while running "$1"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

clean_up() {
    trap '' INT TERM
    local program
    for program in $fleet $server; do
        running "$program" || continue
        kill -TERM "$program" 2>/dev/null || true
        ended_within "$program" "$stop_seconds" || kill -KILL "$program" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# When we are root the database runs as another user, who has to get through to its own folder in there.
chmod 711 "$folder"

echo "Starting a control plane ..."
"$programs/plexsphere" dev --data-dir "$folder/data" --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0 \
    --ready-file "$folder/ready.json" >"$folder/server.log" 2>&1 </dev/null &
server=$!
deadline=$((SECONDS + start_seconds))
until [ -s "$folder/ready.json" ]; do
    if ! running "$server" || [ "$SECONDS" -ge "$deadline" ]; then
        echo "demo: the control plane did not start:" >&2
        cat "$folder/server.log" >&2
        exit 2
    fi
    sleep 0.1
done

echo "Simulating a mesh ..."
"$programs/fleet" --ready-file "$folder/ready.json" --nodes 50 --duration 20 --heartbeat-interval 2 "$@" </dev/null &
fleet=$!
# From now on a signal is for the agents; they end with their report.
signalled=1
trap 'signalled=1; kill -INT "$fleet" 2>/dev/null || true' INT TERM
while [ "$signalled" = 1 ]; do
    # A signal ends the wait, not the agents: then it begins anew.
    signalled=0
    code=0
    wait "$fleet" || code=$?
done
fleet=
exit "$code"

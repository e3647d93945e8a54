# Sourced by the scripts beside it: starting, stopping and judging a real server.
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$scripts/../../.." && pwd)
binaries=${LOGDOG_BINARIES:-$root/.build/debug}
work=$(mktemp -d)
ledger=$work/ledger
mounts=()
server=
trap cleanup EXIT
# The shell tells of every server that was killed: that is what they are here for.
exec 3>&2 2>"$work/messages"

cleanup() {
    [ "$?" = 0 ] || grep -v ' Killed  ' "$work/messages" | tail -n 20 >&3 || true
    kill_server
    for mount in ${mounts[@]+"${mounts[@]}"}; do umount -l "$mount" 2>/dev/null || true; done
    rm -rf "$work"
}

fail() {
    echo "FAILED: $*" >&3
    tail -n 20 "$work/errors" >&3 || true
    exit 1
}

# skip WHAT: says so where it cannot be overlooked, and ends the script well.
skip() {
    echo "!!!!!!!! SKIPPED: $*"
    exit 0
}

# start DATA [WRAPPER…]: starts a server; false if it ended before it was ready.
start() {
    local data=$1
    shift
    : >"$work/output"
    "$@" "$binaries/logdog" serve --data "$data" --listen 127.0.0.1:0 \
        >"$work/output" 2>>"$work/errors" &
    server=$!
    while true; do
        port=$(sed -n 's/^listening on http:.*:\([0-9]*\)$/\1/p' "$work/output")
        [ -z "$port" ] || return 0
        if ! kill -0 "$server" 2>/dev/null; then
            wait "$server" && status=0 || status=$?
            server=
            return 1
        fi
        sleep 0.02
    done
}

# The process that answers: the child of a wrapper that stays, or what was started itself.
answering() { pgrep -P "$server" || echo "$server"; }

kill_server() {
    [ -n "$server" ] || return 0
    kill -KILL $(answering) || true
    wait "$server" || true
    server=
}

stop_server() {
    kill -TERM $(answering)
    wait "$server" || fail "the server ended with $? on SIGTERM"
    server=
}

# build_strike: makes what strikes calls, for LD_PRELOAD; false where there is no C compiler.
build_strike() {
    local compiler
    compiler=$(command -v cc || command -v clang) || return 1
    strike=$work/strike.so
    "$compiler" -shared -fPIC -O1 -o "$strike" "$scripts/strike.c" -ldl
}

# struck ORDER COMMAND…: runs a command of whose calls one is struck; strike.c says how.
struck() {
    local order=$1
    shift
    exec env LD_PRELOAD="$strike" STRIKE="$order" "$@"
}

# produce [OPTION…]: sends bundles; sets $sent to the exit code and $refusal to what was printed.
produce() {
    refusal=$("$binaries/logdog-ledger" produce --port "$port" --ledger "$ledger" "$@") &&
        sent=0 || sent=$?
}

check() {
    look || fail "check $*: $([ "$?" = 3 ] && echo "the server is gone")"
}

# look: holds what is served against the ledger; false, and 3, if the server went away.
look() { "$binaries/logdog-ledger" check --port "$port" --ledger "$ledger"; }

# judge DATA WHAT: starts a server on what was left, holds it against the ledger, and verifies.
judge() {
    local data=$1
    shift
    start "$data" || fail "no start $* (exit $status)"
    check "$*"
    stop_server
    "$binaries/logdog" journal verify --data "$data" >"$work/verified" ||
        fail "verify $*: $(cat "$work/verified")"
}

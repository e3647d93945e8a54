#!/usr/bin/env bash
# hostile-clients.sh CONNECTIONS: as many connections that send half a request and wait, and a
# server that answers others meanwhile, in bounded memory.
source "$(dirname "$0")/server.sh"
connections=${1:?how many connections}
hard=$(ulimit -Hn)
[ "$hard" = unlimited ] || [ "$hard" -ge $((connections + 100)) ] ||
    skip "idle connections: at most $hard descriptors here"
ulimit -n "$((connections + 100))"
start "$work/data" || fail "no start (exit $status)"
produce --count 10
before=$(awk '/VmRSS/ { print $2 }' "/proc/$(answering)/status")
"$binaries/logdog-ledger" hold --port "$port" --connections "$connections" || fail "holding connections"
after=$(awk '/VmRSS/ { print $2 }' "/proc/$(answering)/status")
produce --count 10
[ "$sent" = 0 ] || fail "refused afterwards: $refusal"
check "afterwards"
stop_server
grown=$(((after - before) / (connections / 1000 + 1)))
echo "idle connections: $connections, $grown KiB more for each thousand"
[ "$grown" -lt 65536 ] || fail "a thousand connections cost $grown KiB"

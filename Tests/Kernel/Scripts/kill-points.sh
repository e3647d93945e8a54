#!/usr/bin/env bash
# kill-points.sh COUNT: kills the server at its n-th system call that changes files, n = 1 … COUNT, on one
# directory; what was acknowledged must be there whenever it is looked at.
source "$(dirname "$0")/server.sh"
count=${1:?how many kill points}
command -v strace >/dev/null || skip "kill points: there is no strace"
strace -qq -o /dev/null true 2>/dev/null || skip "kill points: this sandbox forbids tracing"

start "$work/data" || fail "no start (exit $status)"
produce --count 1
stop_server

# Threads count their own calls, so that one number means another moment in each.
sets=(pwrite64,fdatasync,ftruncate,rename,fsync pwrite64 fdatasync openat,rename,fsync,mkdir)
killed=0
for point in $(seq "$count"); do
    calls=${sets[$((point % ${#sets[@]}))]}
    if start "$work/data" strace -f -qq -o /dev/null -e "trace=$calls" \
        -e "inject=$calls:signal=KILL:when=$((point / ${#sets[@]} + 1))"; then
        produce --count 12
        [ "$sent" != 4 ] || fail "point $point: refused: $refusal"
        [ "$sent" != 3 ] || killed=$((killed + 1))
        kill_server
    else
        killed=$((killed + 1))
    fi
    [ $((point % 8)) != 0 ] || judge "$work/data" "after kill point $point"
done
judge "$work/data" "at the end"
[ "$killed" -gt $((count / 4)) ] || fail "only $killed of $count points were met"
echo "kill points: $count, $killed of them met while it worked, nothing lost"

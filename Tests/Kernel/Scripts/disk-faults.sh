#!/usr/bin/env bash
# disk-faults.sh: the kernel refuses: calls that fail, a full and a read-only disk, no descriptors,
# no memory. Whatever happens, the server says so, reads go on, and what was acknowledged is there.
source "$(dirname "$0")/server.sh"
build_strike || skip "disk faults: there is no C compiler"
io=5 emfile=24 nospace=28
faults=0
told=0

# A call that fails from the n-th on, in any thread.
inject() {
    local call=$1 error=$2 from=$3
    faults=$((faults + 1))
    if start "$work/data" struck "$call:$from:$error"; then
        produce --count 40
        [ "$sent" != 3 ] || fail "$call $error from $from: the server is gone"
        [ "$call" = open ] || check "while $call fails with $error"
        [ "$sent" = 0 ] || told=$((told + 1))
        kill_server
    else
        [ "$status" = 5 ] || fail "$call $error from $from: ended with $status, not 5"
        told=$((told + 1))
    fi
    judge "$work/data" "after $call $error from $from"
}

start "$work/data" || fail "no start (exit $status)"
produce --count 4
stop_server
for from in 1 4 20 50; do
    inject fdatasync $io "$from"
    inject pwrite $io "$from"
    inject pwrite $nospace "$from"
    inject open $emfile $((from * 4))
done
inject fsync $io 1
inject rename $io 1
[ "$told" -gt $((faults / 2)) ] || fail "only $told of $faults injected faults were noticed"
echo "injected faults: $faults, $told of them told to clients or at start, nothing lost"

if [ "$(id -u)" != 0 ]; then skip "full and read-only disks: not root"; fi
disk=$work/full
ledger=$work/ledger-full
mkdir "$disk"
mount -t tmpfs -o size=80m tmpfs "$disk" || skip "full disk: tmpfs cannot be mounted"
mounts+=("$disk")
start "$disk/data" || fail "no start on a small disk (exit $status)"
for _ in $(seq 100); do
    produce --count 1
    [ "$sent" = 0 ] || break
done
[ "$sent" = 4 ] || fail "a full disk is not told of"
[[ $refusal == *"bytes to $disk/data"*"No space left"* ]] || fail "the refusal does not name the path: $refusal"
check "on a full disk"
mount -o remount,size=400m "$disk"
for _ in $(seq 100); do
    produce --count 1
    [ "$sent" != 0 ] || break
    sleep 0.1
done
[ "$sent" = 0 ] || fail "it does not resume when there is room again: $refusal"
check "once there is room again"
stop_server
mount -o remount,ro "$disk"
! start "$disk/data" || fail "it starts on a read-only disk"
[ "$status" = 5 ] || fail "a read-only disk: exit $status, not 5"
grep -q "Read-only file system" "$work/errors" || fail "the reason is not told"
echo "full and read-only disks: told by path, resumed by itself"

ledger=$work/ledger-limits
start "$work/limited" prlimit --nofile=64 || fail "no start with 64 descriptors (exit $status)"
"$binaries/logdog-ledger" hold --port "$port" --connections 200 --tolerate-refusals
produce --count 10
[ "$sent" = 0 ] || fail "it does not recover from having no descriptors: $refusal"
check "after descriptors ran out"
stop_server
start "$work/limited" prlimit --as=3000000000 || fail "no start in 3 GB (exit $status)"
produce --count 20 --entries 20000
check "in little memory"
stop_server
echo "descriptors and memory: bounded"

#!/usr/bin/env bash
# kill-points.sh COUNT: kills the server at its n-th call that changes files, COUNT times. Whatever
# was acknowledged by then must be there whenever it is looked at, and every start must succeed.
source "$(dirname "$0")/server.sh"
count=${1:?how many kill points}
build_strike || skip "kill points: there is no C compiler"
all=pwrite,fdatasync,fsync,ftruncate,rename,create,link,mkdir,unlink
rare=fsync,ftruncate,rename,create,mkdir,unlink
met=0
tried=0

# point CALLS N: lives until its N-th such call.
point() {
    tried=$((tried + 1))
    if start "$work/data" struck "$1:$2:KILL"; then
        # The life before is judged by this one, which may be killed meanwhile.
        look && seen=0 || seen=$?
        [ "$seen" = 0 ] || [ "$seen" = 3 ] || fail "after kill point $tried, before $1:$2"
        [ "$seen" != 0 ] || produce --count 150
        [ "$seen" != 0 ] || [ "$sent" != 4 ] || fail "$1:$2: refused: $refusal"
        [ "$seen" = 0 ] && [ "$sent" = 0 ] || met=$((met + 1))
        kill_server
    else
        [ "$status" = 137 ] || fail "$1:$2: ended with $status"
        met=$((met + 1))
    fi
}

number=0
while [ "$tried" -lt "$count" ]; do
    number=$((number + 1))
    # Of ten, nine anywhere in a life; the tenth where a first start makes its files.
    if [ $((number % 10)) = 0 ]; then
        judge "$work/data" "after kill point $tried"
        rm -rf "$work/data" "$ledger"
        point "$rare" $((number / 10 % 15 + 1))
    else
        point "$all" $((number % 211 + 1))
    fi
done
judge "$work/data" "at the end"
[ "$met" -gt $((count * 3 / 4)) ] || fail "only $met of $count points were met"
echo "kill points: $count, $met of them met, nothing lost"

#!/usr/bin/env bash
# faults.sh [COUNT]: puts faults into the engine on purpose, one at a time, and fails unless each of
# them is found: COUNT of them, rotated by commit, or all.
set -euo pipefail
cd "$(dirname "$0")/../.."
simulate=.build/debug/logdog-simulate
mapfile -t faults < <("$simulate" faults)
count=${1:-${#faults[@]}}
commit=$(git rev-parse --short=7 HEAD 2>/dev/null || echo 0)
first=$((16#$commit % ${#faults[@]}))

found() {
    # The first finds what a disk or a clock brings out, the second what threads do, and what takes
    # a bit that flips in the right place.
    ! "$simulate" --fault "$1" --seeds 1..12 --steps 120 --images 0.1 --stop-at-failure >/dev/null 2>&1 ||
        ! LOGDOG_FAULT=$1 swift test --skip-build --filter 'RunnerFaultTests|BlockHeaderTests' >/dev/null 2>&1
}

if ! "$simulate" --seeds 1..4 --steps 120 --images 0.1 >/dev/null; then
    echo "FAILED: the simulation finds faults where there are none" >&2
    exit 1
fi
missed=()
for number in $(seq 0 $((count - 1))); do
    fault=${faults[$(((first + number) % ${#faults[@]}))]}
    if found "$fault"; then echo "found: $fault"; else missed+=("$fault"); fi
done
if [ "${#missed[@]}" -gt 0 ]; then
    echo "FAILED: nothing finds ${missed[*]}" >&2
    exit 1
fi
echo "deliberate faults: $count, all found"

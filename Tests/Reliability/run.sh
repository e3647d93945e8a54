#!/usr/bin/env bash
# run.sh [--ci | --long SECONDS]: what torments the engine; what CI has time for, all of it once, or
# for as long as told.
#
# Comes behind `swift test`, whose build it uses; `coverage` needs --enable-code-coverage there.
# Prints the figures of each part; the first part that finds something ends it.
set -euo pipefail
cd "$(dirname "$0")/../.."
scripts=Tests/Kernel/Scripts
long=
brief=
[ "${1:-}" != --ci ] || brief=yes
[ "${1:-}" != --long ] || long=${2:?how many seconds}
# Programs of a build with coverage say so in this file; only coverage.sh asks for it.
export LLVM_PROFILE_FILE=/dev/null SWIFT_BACKTRACE=enable=no

part() {
    local name=$1 began=$SECONDS
    shift
    echo "== $name"
    "$@"
    echo "-- $name: $((SECONDS - began)) s"
}

# What the scripts for the real kernel need; they skip loudly what is not there.
missing=()
for package in xfsprogs e2fsprogs procps; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null |
        grep --quiet 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ] && [ "$(id -u)" = 0 ]; then
    { apt-get update --quiet=2 && apt-get install --quiet=2 --yes "${missing[@]}"; } || true
fi

part "build for the simulation" swift build --quiet -c release --product logdog-simulate
simulate=.build/release/logdog-simulate
part "build for the kernel" swift build --quiet --product logdog-ledger

if [ -z "$long" ]; then
    part "simulation" "$simulate" --seeds 1..210 --images-wanted 100000
    part "kill points" "$scripts/kill-points.sh" 200
    part "power cuts" "$scripts/power-cuts.sh" 5
    part "fuzzing" Tests/Fuzzing/Scripts/fuzz.sh 120
    [ -z "$brief" ] || exit 0
    part "coverage" Tests/Reliability/coverage.sh
    part "exhaustion" "$simulate" exhaust
    part "deliberate faults" Tests/Reliability/faults.sh 10
    part "disk faults" "$scripts/disk-faults.sh"
    part "hostile clients" "$scripts/hostile-clients.sh" 10000
    exit 0
fi

# Seeds that nobody has seen: the first is that of the second at which it began.
first=$(date +%s)
began=$SECONDS
seeds=0
while [ $((SECONDS - began)) -lt "$long" ]; do
    part "simulation" "$simulate" --seeds "$((first + seeds))..$((first + seeds + 499))"
    seeds=$((seeds + 500))
done
echo "$seeds seeds from $first on"
part "exhaustion" "$simulate" exhaust --bytes $((1 << 20)) --catalog-bits 8
part "deliberate faults" Tests/Reliability/faults.sh
part "kill points" "$scripts/kill-points.sh" 5000
part "power cuts" "$scripts/power-cuts.sh" 100
part "fuzzing" Tests/Fuzzing/Scripts/fuzz.sh "$long"

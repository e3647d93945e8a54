#!/usr/bin/env bash
# fuzz.sh SECONDS [TARGET…]: builds the targets with libFuzzer and runs them for SECONDS in all, from
# the corpus of this folder; without TARGET two of them, rotated by commit. Comes behind
# `swift build --build-tests`, whose build it uses.
set -euo pipefail
cd "$(dirname "$0")/../../.."
seconds=${1:?how many seconds}
shift
export SWIFT_BACKTRACE=enable=no
folder=.build/fuzz
Tests/Fuzzing/Scripts/build.py
fuzz=$folder/logdog-fuzz
# Of one input, in seconds; most of them may be those of other programs.
timeout=120
all=(bundle descriptor segment footer archive glob call http chunked configuration render)
targets=("$@")
commit=$((16#$(git rev-parse --short=7 HEAD 2>/dev/null || echo 0)))
if [ "${#targets[@]}" = 0 ]; then
    targets=("${all[$((commit % ${#all[@]}))]}" "${all[$(((commit + 4) % ${#all[@]}))]}")
fi
mkdir -p "$folder/found"
# What was found once stays found.
for target in "${all[@]}"; do
    "$fuzz" "$target" -runs=0 -timeout="$timeout" -artifact_prefix="$folder/found/$target-" \
        "Tests/Fuzzing/Corpus/$target" >"$folder/$target.log" 2>&1 || {
        tail -n 40 "$folder/$target.log" >&2
        echo "FAILED: $target, on its corpus" >&2
        exit 1
    }
done
failed=
pids=()
for target in "${targets[@]}"; do
    mkdir -p "$folder/corpus/$target"
    "$fuzz" "$target" "$folder/corpus/$target" "Tests/Fuzzing/Corpus/$target" \
        -max_total_time=$((seconds / ${#targets[@]})) -max_len=65536 -rss_limit_mb=2048 \
        -timeout="$timeout" -seed="$((commit + 1))" -artifact_prefix="$folder/found/$target-" \
        -print_final_stats=1 \
        >"$folder/$target.log" 2>&1 &
    pids+=($!)
done
for number in "${!targets[@]}"; do
    target=${targets[$number]}
    wait "${pids[$number]}" || { failed=1; tail -n 40 "$folder/$target.log" >&2; }
    echo "$target: $(grep -h number_of_executed_units "$folder/$target.log" || echo none)"
done
if [ -n "$failed" ]; then
    echo "FAILED: see $folder/found; try one with: $fuzz TARGET FILE" >&2
    exit 1
fi

#!/usr/bin/env bash
# coverage.sh: fails unless the tests that were just run with --enable-code-coverage, and the
# simulation in the same build, ran 95 % of the regions of the engine.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=.build/debug/codecov
tools=$(swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1/bin|p')
tool() { if [ -x "$tools/$1" ]; then "$tools/$1" "${@:2}"; else "$@"; fi; }

# What damage does to a journal, and what crashes leave, is met there rather than in single tests.
LLVM_PROFILE_FILE=$PWD/$folder/simulation.profraw \
    .build/debug/logdog-simulate --seeds 1..6 --steps 120 --images 0.1 >/dev/null
tool llvm-profdata merge -sparse -o "$folder/all.profdata" "$folder"/*.profraw
tool llvm-cov export --skip-expansions -instr-profile "$folder/all.profdata" \
    -ignore-filename-regex 'checkouts|/Tests/|LogDog|ReadModels|Archivist|Benchmarks' \
    .build/debug/logdogPackageTests.xctest -object .build/debug/logdog-simulate \
    >"$folder/engine.json" 2>/dev/null
python3 Tests/Reliability/coverage.py "$folder/engine.json" 95 Journal Tumble Coordinator "$@"

#!/usr/bin/env bash
# The kernel's tests under AddressSanitizer and UBSan, and the shared table under ThreadSanitizer.
# Usage: fuzz/sanitize.sh [python]. Needs g++ with its sanitizer libraries, and what `.[test]` needs.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv --system-site-packages "$work/venv"
"$work/venv/bin/pip" install -q ".[test]" -Ccmake.define.WORDLLAMA_SANITIZE=address,undefined \
    -Ccmake.define.WORDLLAMA_WERROR=ON -Ccmake.build-type=RelWithDebInfo -Cinstall.strip=false
# Leaks are not looked for: the interpreter itself lets go of much only when the process ends.
env LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)" \
    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
    "$work/venv/bin/python" -m pytest -q -p no:cacheprovider -k native tests/kernel

kernel=src/wordllama/kernel
g++ -std=c++17 -O1 -g -ffp-contract=off -fsanitize=thread -I $kernel fuzz/race.cpp \
    $kernel/{bpe,cutter,embed,table,simd,simd_baseline,simd_avx2,simd_avx512,simd_vpopcnt}.cpp \
    -pthread -o "$work/race"
"$work/race"

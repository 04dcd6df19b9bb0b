#!/usr/bin/env bash
# Fuzz the kernel's core with libFuzzer under AddressSanitizer and UBSan.
# Usage: fuzz/fuzz.sh [seconds for each target, 600 by default [target]]. Needs clang++ (or CLANG=...).
# What is found goes to fuzz/corpus, a crash to fuzz/crash-*.
set -euo pipefail
cd "$(dirname "$0")"
source build.sh
seconds=${1:-600}
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
compiler=("${CLANG:-clang++}" -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all)
build_core "$build" "${compiler[@]}" -fsanitize=fuzzer-no-link
for file in targets/${2:-*}.cpp; do
    target=$(basename "$file" .cpp)
    "${compiler[@]}" -std=c++17 -fsanitize=fuzzer -I $core "$file" "$build"/*.o -pthread \
        -o "$build/$target"
    mkdir -p corpus/"$target" "$build/new-$target"
    "$build/$target" -max_total_time="$seconds" -timeout=600 -report_slow_units=600 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix=crash- "$build/new-$target" corpus/"$target"
    # Keep what is needed to reach all that was reached, and nothing else.
    mkdir "$build/small-$target"
    "$build/$target" -merge=1 "$build/small-$target" "$build/new-$target" corpus/"$target"
    rm -rf corpus/"$target" && mv "$build/small-$target" corpus/"$target"
done

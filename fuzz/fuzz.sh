#!/usr/bin/env bash
# Fuzz the text path and the row path with libFuzzer under AddressSanitizer and UBSan.
# Usage: fuzz/fuzz.sh [seconds for each, 600 by default [texts|rows]]. Needs clang++ (or CLANG=...).
# What is found goes to fuzz/corpus, a crash to fuzz/crash-*.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-600}
kernel=../src/wordllama/kernel
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
flags="-std=c++17 -O1 -g -ffp-contract=off -fsanitize=fuzzer,address,undefined
       -fno-sanitize-recover=all -I $kernel"
clang=${CLANG:-clang++}

compile() {  # file, further flags
    $clang $flags -fsanitize=fuzzer-no-link "${@:2}" -c "$1" -o "$build/$(basename "$1").o" &
}
avx2="-mavx2 -mfma -mf16c -mpopcnt"
avx512="$avx2 -mavx512f -mavx512bw -mavx512dq -mavx512vl"
for file in bpe byte_bpe cutter embed pairs simd simd_baseline table topk word_piece; do compile $kernel/$file.cpp; done
if [ "$(uname -m)" = x86_64 ]; then
    compile $kernel/simd_avx2.cpp $avx2
    compile $kernel/simd_avx512.cpp $avx512
    compile $kernel/simd_vpopcnt.cpp $avx512 -mavx512vpopcntdq
else
    for file in avx2 avx512 vpopcnt; do compile $kernel/simd_$file.cpp; done
fi
wait
for target in ${2:-texts rows}; do
    $clang $flags $target.cpp "$build"/*.o -pthread -o "$build/$target"
    mkdir -p corpus/$target "$build/new-$target"
    "$build/$target" -max_total_time="$seconds" -timeout=600 -report_slow_units=600 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix=crash- "$build/new-$target" corpus/$target
    # Keep what is needed to reach all that was reached, and nothing else.
    mkdir "$build/small-$target"
    "$build/$target" -merge=1 "$build/small-$target" "$build/new-$target" corpus/$target
    rm -rf corpus/$target && mv "$build/small-$target" corpus/$target
done

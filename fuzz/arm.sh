#!/usr/bin/env bash
# The fuzz targets' corpus, and the shared table, on an emulated ARM processor: the NEON loops.
# Needs Debian's g++-aarch64-linux-gnu and qemu-user.
set -euo pipefail
cd "$(dirname "$0")"
kernel=../src/wordllama/kernel
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile() {
    aarch64-linux-gnu-g++ -std=c++17 -O3 -ffp-contract=off -Wall -Wextra -Werror -static -pthread \
        -I $kernel "$@"
}
for file in bpe byte_bpe cutter embed pairs table topk word_piece simd simd_{baseline,avx2,avx512,vpopcnt}; do
    compile -c $kernel/$file.cpp -o "$work/$file.o" &
done
wait
compile race.cpp "$work"/*.o -o "$work/race"
qemu-aarch64 "$work/race"
for target in texts rows; do
    compile $target.cpp replay.cpp "$work"/*.o -o "$work/$target"
    qemu-aarch64 "$work/$target" corpus/$target/*
done

#!/usr/bin/env bash
# About a minute: the fuzz corpus under AddressSanitizer and UBSan, and threads that share a table
# under ThreadSanitizer. Needs g++ with its sanitizer libraries.
set -euo pipefail
cd "$(dirname "$0")"
source build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/address" "$work/thread"
address=(g++ -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all)
thread=(g++ -O1 -g1 -fsanitize=thread)
build_core "$work/address" "${address[@]}"
build_core "$work/thread" "${thread[@]}"
"${thread[@]}" -std=c++17 -I $core race.cpp "$work"/thread/*.o -pthread -o "$work/race"
"$work/race"
for file in targets/*.cpp; do
    target=$(basename "$file" .cpp)
    "${address[@]}" -std=c++17 -I $core "$file" replay.cpp "$work"/address/*.o -pthread \
        -o "$work/$target"
    "$work/$target" corpus/"$target"/*
done

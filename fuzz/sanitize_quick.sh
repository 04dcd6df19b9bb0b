#!/usr/bin/env bash
# About a minute: the fuzz corpus, failing allocations and forks under AddressSanitizer and UBSan, and
# threads that share a table under ThreadSanitizer. Needs g++ with its sanitizer libraries.
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
link() { "${address[@]}" -std=c++17 -I $core "$@" "$work"/address/*.o -pthread; }
for program in fork no_memory; do
    link $program.cpp -o "$work/$program"
    "$work/$program"
done
for file in targets/*.cpp; do
    target=$(basename "$file" .cpp)
    link "$file" replay.cpp -o "$work/$target"
    "$work/$target" corpus/"$target"/*
done

#!/usr/bin/env bash
# The fuzz targets' corpus, and the shared table, on an emulated ARM processor: the NEON loops.
# Needs Debian's g++-aarch64-linux-gnu and qemu-user.
set -euo pipefail
cd "$(dirname "$0")"
source build.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiler=(aarch64-linux-gnu-g++ -O3 -Wall -Wextra -Werror -pthread)
build_core "$work" "${compiler[@]}"
link() { "${compiler[@]}" -std=c++17 -static -I $core "$@"; }
link race.cpp "$work"/*.o -o "$work/race"
qemu-aarch64 "$work/race"
for target in targets/*.cpp; do
    name=$(basename "$target" .cpp)
    link "$target" replay.cpp "$work"/*.o -o "$work/$name"
    qemu-aarch64 "$work/$name" corpus/"$name"/*
done

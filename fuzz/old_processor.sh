#!/usr/bin/env bash
# The kernel's tests on a processor of 2010 without AVX, emulated by qemu-user (Debian: qemu-user).
# Usage: fuzz/old_processor.sh [a python that has wordllama[test]].
set -euo pipefail
cd "$(dirname "$0")/.."
python=$(command -v "${1:-python3}")
# A library told to use a newer core would fail by itself.
unset OPENBLAS_CORETYPE
old() { qemu-x86_64 -cpu Westmere "$python" "$@"; }
old -c 'from wordllama import kernel; assert (kernel.name, kernel.simd) == ("native", "baseline")'
old -m pytest -q -p no:cacheprovider -k native tests/kernel/test_{pool,vectors,word_table}.py

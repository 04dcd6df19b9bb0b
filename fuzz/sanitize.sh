#!/usr/bin/env bash
# The kernel's tests under AddressSanitizer and UBSan, then all of sanitize_quick.sh.
# Usage: fuzz/sanitize.sh [a python that has wordllama[test]]. Needs g++ with its sanitizer libraries.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What the tests need is taken from the caller's environment, and only the kernel built anew.
"$python" -m venv "$work/venv"
packages=$("$work/venv/bin/python" -c 'import site; print(site.getsitepackages()[0])')
"$python" -c 'import site; print(site.getsitepackages()[0])' > "$packages/caller.pth"
"$work/venv/bin/pip" install -q --no-deps . -Ccmake.define.WORDLLAMA_SANITIZE=address,undefined \
    -Ccmake.define.WORDLLAMA_WERROR=ON -Ccmake.build-type=RelWithDebInfo -Cinstall.strip=false
# Leaks are not looked for: the interpreter itself lets go of much only when the process ends.
env LD_PRELOAD="$(g++ -print-file-name=libasan.so):$(g++ -print-file-name=libubsan.so)" \
    ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
    "$work/venv/bin/python" -m pytest -q -p no:cacheprovider -k native tests/kernel

fuzz/sanitize_quick.sh

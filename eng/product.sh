# Sourced by run.sh, with $root set. Finds the built program, and has it built where it is missing or out of date.
#
# This part runs at every start, a whole cluster of them at once under Maelstrom, so it forks once and starts nothing
# but one `find`. What is slow is in product-build.sh and is started only when there is something to build.

# Every file that the product is made of, with its size and time: its own folder and the libraries, no other program.
# Compared as text with what the stamp holds, so that a file that is gone, or that an older checkout put back, is seen
# too: `find -newer` would miss both.
product_sources() {
    cd -- "$root" || return
    shopt -s nullglob
    local places=(Directory.*.props Directory.*.targets global.jso[n] [Nn]u[Gg]et.[Cc]onfig eng/product*.sh) project
    for project in */*.csproj; do
        case $project in
            "$1"/*) places+=("$1") ;;
            Tests/* | Benchmarks/* | Simulation/* | Silo/* | MaelstromGateway/*) ;;
            *) places+=("${project%%/*}") ;;
        esac
    done
    exec find "${places[@]}" -type d \( -name bin -o -name obj \) -prune \
        -o -type f ! -name '.*' ! -name '*.md' ! -name '*.db*' -printf '%p %s %T@\n'
}

# product_current PROJECT ASSEMBLY: true where what is built is what the sources say; $product_dll is its path then.
# Sets $product_listing always: a build keeps the listing from before it began, so that an edit made meanwhile counts.
product_current() {
    local stamp=$root/.build/$1.stamp folder orleans stamped wanted=${WITH_ORLEANS-} _
    product_listing=$(product_sources "$1")
    [[ -r $stamp ]] || return
    { read -r folder; read -r orleans; IFS= read -r -d '' stamped; } <"$stamp"
    [[ -z $wanted && -r $root/.build/orleans ]] && { read -r _; read -r wanted; } <"$root/.build/orleans"
    product_dll=$root/.build/$folder/$2.dll
    [[ $stamped == "$product_listing"$'\n' && ${wanted:-$orleans} == "$orleans" && -r $product_dll ]]
}

# product_ensure PROJECT ASSEMBLY: as product_current, but builds first where it must. The build is a process of its
# own, so that what is started afterwards has the environment that it would have had without one.
product_ensure() {
    local folder
    product_current "$@" && return
    "$root/eng/product-build.sh" "$@" || return
    read -r folder <"$root/.build/$1.stamp" && product_dll=$root/.build/$folder/$2.dll
}

# Sourced by run.sh, with $root and what product.sh has set, before a silo is started.

# silo_check: ends with 1 where the silo was built without Orleans: there is nothing in the program then.
silo_check() {
    local with= why= _
    { read -r _; read -r with; } <"$root/.build/Silo.stamp"
    [[ $with == true ]] && return
    if [[ ${WITH_ORLEANS-} ]]; then
        why="WITH_ORLEANS=$WITH_ORLEANS in the environment"
    elif [[ -r $root/.build/orleans ]]; then
        { read -r _; read -r _; IFS= read -r why; } <"$root/.build/orleans"
    fi
    printf '%s\n' >&2 \
        "$script: a silo needs Orleans, and this checkout is built without it." \
        "$script: why: $why" \
        "$script: without Orleans there is \`$script\` alone, the gateway on its in-process host."
    exit 1
}

# Sourced by run.sh's build and by test.sh, with $root and $script set. Decides whether the Orleans half is built: its
# packages are many, and where they cannot be restored everything else is built and tested without them.

# orleans_decide cached|retry: sets $with_orleans (true, false) and, where false, $orleans_why. The answer is kept in
# .build/orleans for as long as the pinned versions and the NuGet configuration stay as they are. "retry" asks again
# where the answer was no: a registry that was out of reach yesterday may be back.
orleans_decide() {
    local known=$root/.build/orleans key stored=
    orleans_why=
    if [[ ${WITH_ORLEANS-} ]]; then
        case $WITH_ORLEANS in
            true) with_orleans=true ;;
            false) with_orleans=false orleans_why='WITH_ORLEANS=false in the environment' ;;
            *) die "WITH_ORLEANS is '$WITH_ORLEANS'; expected true or false" ;;
        esac
    else
        key=$(orleans_key)
        [[ -r $known ]] && { read -r stored; read -r with_orleans; IFS= read -r orleans_why; } <"$known"
        if [[ $stored != "$key" || ($1 == retry && $with_orleans == false) ]]; then
            orleans_probe
            mkdir -p "$root/.build"
            printf '%s\n' "$key" "$with_orleans" "$orleans_why" >"$known.$$" && mv -f "$known.$$" "$known"
        fi
    fi
    [[ $with_orleans == true ]] || orleans_warn
    # dotnet format takes no -p: there the environment is the way to say it.
    export WithOrleans=$with_orleans
}

# What the answer depends on.
orleans_key() {
    cat "$root/Directory.Packages.props" "$root"/eng/orleans-probe/*.csproj "$root"/[Nn]u[Gg]et.[Cc]onfig \
        "${HOME-}/.nuget/NuGet/NuGet.Config" "${HOME-}/.config/NuGet/NuGet.Config" 2>/dev/null | cksum
}

orleans_probe() {
    local output
    say "looking whether Orleans' packages can be restored"
    if output=$(timeout 180 dotnet restore "$root/eng/orleans-probe" --artifacts-path "$root/.build/artifacts" \
        -p:WithOrleans=true </dev/null 2>&1); then
        with_orleans=true orleans_why=
    else
        with_orleans=false
        # A package that is missing altogether says more than one that is there in another version.
        orleans_why=$(grep -o 'error [A-Z]*[0-9]*: .*' <<<"$output" | sort | head -n 1)
        orleans_why=${orleans_why:-the restore ended without an answer within 180 s}
    fi
}

orleans_warn() {
    printf '%s\n' >&2 \
        '!!!' \
        "!!! $script: building WITHOUT Orleans (WithOrleans=false)." \
        "!!! why: $orleans_why" \
        "!!! $(orleans_left_out projects)" \
        '!!! The gateway runs on its in-process host, which is not Orleans and does not pretend to be.' \
        '!!!'
}

# orleans_left_out projects|tests: what WithOrleans=false leaves out, in words.
orleans_left_out() {
    local users
    users=$(cd -- "$root" && grep -l '"Microsoft\.Orleans\.' -- */*.csproj 2>/dev/null | tr '\n' ' ')
    # Of the tests only one folder needs them.
    users=${users/'Tests/Tests.csproj'/'Tests/Orleans/**'}
    if [[ ! $users ]]; then
        printf 'left out: no %s. The Orleans half is not in this version yet.\n' "${1%s}"
    else
        printf 'left out: the %s of %s\n' "$1" "${users% }"
    fi
}

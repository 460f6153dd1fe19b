# Sourced by test.sh, in $root: the PostgreSQL server that the tests of its store use, for the length of the run.

# tests_postgres [NAME]: sets ORLEANS_SHARDS_POSTGRES, the connection string of a server that goes with this script,
# unless it is set already or no test that is wanted uses it; where there can be none, says why those tests are skipped.
tests_postgres() {
    [[ ! ${ORLEANS_SHARDS_POSTGRES-} ]] && tests_postgres_wanted "${1-}" || return 0
    tests_postgres_directory=$(mktemp -d) || exit
    trap tests_postgres_end EXIT
    trap 'exit 130' INT TERM
    if ORLEANS_SHARDS_POSTGRES=$(eng/postgres.sh start "$tests_postgres_directory" 2>"$tests_postgres_directory.said"); then
        export ORLEANS_SHARDS_POSTGRES
    else
        unset ORLEANS_SHARDS_POSTGRES
        ORLEANS_SHARDS_POSTGRES_WHY_NOT=$(tail -n 1 "$tests_postgres_directory.said")
        export ORLEANS_SHARDS_POSTGRES_WHY_NOT=${ORLEANS_SHARDS_POSTGRES_WHY_NOT#postgres.sh: }
        say "the tests of the PostgreSQL store are skipped: $ORLEANS_SHARDS_POSTGRES_WHY_NOT"
    fi
}

# tests_postgres_wanted NAME: whether the full name of one of those tests contains NAME.
tests_postgres_wanted() {
    local file class method namespace
    for file in Tests/Storage/Postgres/*Tests.cs Tests/Orleans/*/*PostgresTests.cs; do
        [[ -e $file ]] || continue
        class=${file##*/}
        namespace=$(grep -oE '^namespace [A-Za-z.]+' "$file")
        while read -r method; do
            [[ ${namespace#namespace }.${class%.cs}.$method == *"$1"* ]] && return
        done < <(grep -ohE 'public (async )?(Task|void) [A-Za-z0-9_]+\(' "$file" Tests/Storage/LogStoreConformance*.cs |
            grep -oE '[A-Za-z0-9_]+\($' | tr -d '(')
    done
    return 1
}

tests_postgres_end() {
    eng/postgres.sh stop "$tests_postgres_directory" 2>/dev/null
    rm -rf -- "$tests_postgres_directory" "$tests_postgres_directory.said"
}

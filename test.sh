#!/usr/bin/env bash
# Builds and runs the tests. The last line is `N passed, N failed, N skipped`; the exit code is 0 only where something
# ran and nothing failed.
#
#   ./test.sh             every test, and then the simulator for two minutes at most, its fixed and its fresh seeds
#                         counted as one test each (where CI is set in the environment: whitespace is checked first)
#   ./test.sh NAME        the tests whose full name contains NAME: a namespace, a class, a method, or a part of one
#   ./test.sh coverage [NAME]   line coverage of Core, by folder; fails below 95 %
#   ./test.sh simulate    only the simulator; ./run.sh simulate has all its options
#   ./test.sh format      that `dotnet format` has nothing to change
#   ./test.sh rules       takes rules out of the code one by one and sees whether a test notices
#   ./test.sh planted [NAME]    plants defects one by one and sees how many seeds the simulator takes to find them; with
#                         --explore: how many states of small worlds
#
# The tests of the PostgreSQL store have a server of their own (eng/postgres.sh), unless ORLEANS_SHARDS_POSTGRES has the
# connection string of one. Tests with clocks that are off need libfaketime, which is installed where that can be done.
# Tests of the silo's page need Chromium: installed in the same way, unless ORLEANS_SHARDS_CHROMIUM names one.
# Tests that cut networks need root, iproute2 and nftables, installed in the same way; those of disks that fail need root,
# loop devices and e2fsprogs.
# ORLEANS_SHARDS_CHAOS_MINUTES (1) is for how long silo processes are killed and stopped under load; above 1, takeovers
# are measured five times instead of once, and networks are disturbed for as long, instead of once in each way. Clusters
# of three gateways, and of five if it is above 1, are disturbed for a third of it each. eng/kills.sh kills and soaks for longer.
# TEST_LIMIT_S (2400) ends a run that hangs; a test that takes more than 300 s is named while it runs.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd) || exit
script=test.sh

. "$root/eng/build.sh"
. "$root/eng/test.sh"

cd -- "$root" || exit
require_dotnet

case ${1-} in
    format) tests_format OrleansShards.sln ;;
    coverage) shift; coverage_run "$@" ;;
    simulate)
        tests_build Release Simulation/Simulation.csproj || exit
        simulation_alone
        ;;
    rules)
        shift
        exec eng/rules.sh "$@"
        ;;
    planted) shift; exec eng/planted.sh "$@" ;;
    -*) die "unknown option '$1'; the head of this file says what there is" ;;
    *)
        # Rules of style are errors of the build, which follows.
        [[ $# == 0 && ${CI-} && ${CI-} != false ]] && tests_format whitespace . --folder
        tests_build Release || exit
        tests_faketime
        tests_chromium "$@"
        tests_system "$@"
        tests_postgres "$@"
        tests_run "$@"
        ;;
esac

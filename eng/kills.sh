#!/usr/bin/env bash
# Kills silos and gateways under load and starts them again, over and over, on SQLite, on a shared directory and on PostgreSQL, and
# says for each store what was acknowledged, what is unknown and what was lost (nothing).
#
#   eng/kills.sh [N [STORE...]]      N kills in all (1000), in equal parts on these stores: sqlite, directory, postgres
#   eng/kills.sh soak [MINUTES [STORE...]]   moves, switch-overs and takeovers under load for so long (60) on each of these stores
#                                    (directory): memory, files, handles and threads at the end beside those at the start
#
# They are tests of Tests/Orleans/Kills; ./test.sh makes five kills on each store. Ends with 0 only where nothing is wrong. PostgreSQL is
# a server of the run's own, unless ORLEANS_SHARDS_POSTGRES names one.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=kills.sh

. "$root/eng/build.sh"
. "$root/eng/test.sh"

cd -- "$root" || exit
require_dotnet
what=Kill stores=(sqlite directory postgres) count=1000
[[ ${1-} != soak ]] || { what=Soak stores=(directory) count=60; shift; }
[[ $# == 0 ]] || { count=$1; shift; }
[[ $# == 0 ]] || stores=("$@")
[[ $count =~ ^[1-9][0-9]*$ ]] || die "expected how many kills, or soak and how many minutes: a number of 1 or more, not '$count'"
filter=()
for store in "${stores[@]}"; do
    [[ $store =~ ^(sqlite|directory|postgres)$ ]] || die "'$store' is no store; expected sqlite, directory or postgres"
    filter+=(-method "*.${what}_On${store^}_*")
    [[ $store != postgres ]] || tests_postgres KillsPostgresTests
done

tests_build Release Tests/Tests.csproj || exit
program=$(dotnet msbuild Tests/Tests.csproj -getProperty:TargetPath -p:Configuration=Release) || die "$program"
export ORLEANS_SHARDS_KILLS=$(((count + ${#stores[@]} - 1) / ${#stores[@]})) ORLEANS_SHARDS_SOAK_MINUTES=$count
dotnet "$program" "${filter[@]}" -noLogo -noColor -longRunning 600 </dev/null

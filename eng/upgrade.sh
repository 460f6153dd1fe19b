#!/usr/bin/env bash
# Replaces silos of an earlier release by this one's, one at a time and under load (docs/upgrades.md), on a shared directory and on
# PostgreSQL, with the tests of Tests/Orleans/Upgrades.
#
#   eng/upgrade.sh [COMMIT]    the earlier release; HEAD~1 if none is named
#
# Builds the commit in a temporary copy, and the tests of this checkout as it is now. Without this script these tests replace silos by
# their like.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=upgrade.sh

. "$root/eng/build.sh"
. "$root/eng/test.sh"

cd -- "$root" || exit
require_dotnet
commit=$(git rev-parse --verify --quiet "${1:-HEAD~1}^{commit}") || die "there is no commit ${1:-HEAD~1}"
copy=$(mktemp -d) || exit
# tests_postgres takes the trap for its own.
clean() {
    [[ ! ${tests_postgres_directory-} ]] || tests_postgres_end
    rm -rf -- "$copy"
}
trap clean EXIT
trap 'exit 130' INT TERM

say "building $(git log -1 --format='%h %s' "$commit")"
git archive "$commit" | tar --extract --file=- -C "$copy" || die "cannot copy $commit"
dotnet build "$copy/Silo" -c Release -v quiet -nologo -clp:NoSummary -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false \
    -o "$copy/silo" </dev/null >&2 || die "the build of $commit failed"
tests_build Release Tests/Tests.csproj || exit

export ORLEANS_SHARDS_PREVIOUS_SILO=$copy/silo/OrleansShards.Silo.dll
tests_postgres RollingUpgradePostgresTests
trap clean EXIT
program=$(dotnet msbuild Tests/Tests.csproj -getProperty:TargetPath -p:Configuration=Release) || die "$program"
timeout --kill-after=10 "${TEST_LIMIT_S:-2400}" dotnet "$program" -namespace OrleansShards.Tests.Orleans.Upgrades -noLogo -noColor \
    -longRunning 300 </dev/null

#!/usr/bin/env bash
# Makes the pictures of docs/page.md, docs/images/page-*.png: three silos with a few keys, a move and two takeovers, as Chromium shows them.
#
#   eng/screenshots.sh [DIR]    into DIR (docs/images)
#
# Chromium is installed if that can be done (Debian, as root); ORLEANS_SHARDS_CHROMIUM names another one. The pictures are those of a
# test (Tests/Orleans/Silo/Pages/PageScreenshots.cs), which checks what they show, and that none is large.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=screenshots.sh

. "$root/eng/build.sh"
. "$root/eng/test.sh"

[[ $# -le 1 && ${1-} != -* ]] || die "expected at most a directory; see the head of this file"
directory=$(readlink -m -- "${1:-$root/docs/images}")
cd -- "$root" || exit
require_dotnet
tests_chromium
[[ ${ORLEANS_SHARDS_CHROMIUM-} || -x /usr/bin/chromium ]] || die "Chromium is not installed; ORLEANS_SHARDS_CHROMIUM names one elsewhere"
mkdir -p -- "$directory" || exit
tests_build Release Tests/Tests.csproj
program=$(dotnet msbuild Tests/Tests.csproj -getProperty:TargetPath -p:Configuration=Release) || die "$program"
ORLEANS_SHARDS_SCREENSHOTS=$directory dotnet "$program" -class '*PageScreenshots' -noLogo -noColor </dev/null || exit
say "$(ls -- "$directory"/page-*.png | wc -l) pictures in $directory"

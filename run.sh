#!/usr/bin/env bash
# Builds what is not built yet and runs it. Everything about building goes to stderr: stdin and stdout are the protocol.
#
#   ./run.sh [options]          the gateway; ./run.sh --help lists its options
#   ./run.sh silo [options]     a silo: for applications and for several machines; --help lists its options
#   ./run.sh shards COMMAND     operates a cluster by the HTTP of a silo: status, moves, keys; --help lists the commands
#   ./run.sh simulate [options] runs whole clusters in virtual time and breaks them; --help lists its options
#   ./run.sh explore [WORLD]    runs every order of events of small clusters; --help lists its options
#   ./run.sh --play [options]   plays samples/*.jsonl against fresh gateways and shows both sides
#
# Without options and with a terminal on stdin it plays the samples too: a person sees what this is. With options, or
# with `./run.sh gateway`, a terminal's lines go to the gateway like any others.
#
# Works from any directory, through a symlink, and started many times at once: one builds, the others wait.
set -u

script=${BASH_SOURCE[0]}
[[ -L $script ]] && script=$(readlink -f -- "$script")
case $script in
    /*/*) root=${script%/*} ;;
    */*) root=$PWD/${script%/*} ;;
    *) root=$PWD ;;
esac
script=run.sh

. "$root/eng/build.sh"

# A new sub-command is one more branch here: its project's folder and its assembly's name.
project=MaelstromGateway assembly=maelstrom-gateway play=
case ${1-} in
    gateway) shift ;;
    silo)
        # Its first lines have commands to try, as they are written here.
        printf -v SHARDS_COMMAND '%q shards' "$0" && export SHARDS_COMMAND
        project=Silo assembly=OrleansShards.Silo
        shift
        ;;
    shards) project=Cli assembly=OrleansShards.Cli; shift ;;
    simulate) project=Simulation assembly=OrleansShards.Simulation; shift ;;
    explore) project=Simulation assembly=OrleansShards.Simulation ;;
    --play) play=yes; shift ;;
    '') [[ $# == 0 && -t 0 ]] && play=yes ;;
esac

build_ensure "$project" "$assembly" || exit 1
[[ $play ]] && exec "$root/samples/play.sh" dotnet "$build_dll" "$@"
exec dotnet "$build_dll" "$@"

#!/usr/bin/env bash
# A PostgreSQL server for tests: a cluster of its own in a directory of its own, on the loopback address and a free port.
#
#   eng/postgres.sh start DIR [OPTION...]  creates the cluster where DIR has none, starts it, and prints its connection
#                                          string; what follows goes to the server (-c fsync=off)
#   eng/postgres.sh pooler DIR [SETTING...]  starts PgBouncer before it, a server connection for each client as long as
#                                          that stays, with these settings ('ignore_startup_parameters = search_path'),
#                                          and prints its connection string
#   eng/postgres.sh stop DIR               ends them at once, as a crash would; DIR stays
#
# DIR is made, and given to the server's user: both refuse to run as root. What is missing is installed, if that can be
# done (Debian, as root). Ends with 3 where it cannot; the last line of stderr says why.
set -u
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd) || exit
script=postgres.sh
no_postgres=3

. "$root/eng/build.sh"

# postgres_find: sets $programs, the directory of the newest PostgreSQL's programs.
postgres_find() {
    programs=$(find /usr/lib/postgresql /usr/pgsql-* /usr/local/pgsql -name initdb -path '*/bin/*' 2>/dev/null |
        sort -V | tail -n 1)
    [[ $programs ]] || programs=$(command -v initdb) || return
    programs=$(dirname -- "$(readlink -f -- "$programs")")
    [[ -x $programs/pg_ctl ]]
}

# install NAME PACKAGE
install() {
    local said
    command -v apt-get >/dev/null || { say "$1 is not installed, and there is no apt-get to install it"; return 1; }
    [[ $EUID == 0 ]] || { say "$1 is not installed, and only root can install it"; return 1; }
    say "installing $1"
    said=$({ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y "$2"; } 2>&1 </dev/null) ||
        { say "$1 cannot be installed: $(grep '^E:' <<<"$said" | head -n 1)"; return 1; }
}

# as_server COMMAND...: as a user that PostgreSQL accepts.
as_server() {
    if [[ $EUID != 0 ]]; then
        "$@"
    else
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
    fi
}

# cluster_make: with a password, as every user of the machine reaches the port.
cluster_make() {
    local said
    head -c 18 /dev/urandom | base64 | tr '+/' 'xy' >"$directory/password"
    [[ $EUID != 0 ]] || chown -R "$user" "$directory" || return
    said=$(as_server "$programs/initdb" -D "$directory/data" -U orleans_shards -A scram-sha-256 \
        --pwfile="$directory/password" -E UTF8 --no-locale 2>&1) || { say "initdb failed: $said"; return 1; }
}

# cluster_start [OPTION...]: the port is kept from one start to the next. What a killed server has left behind keeps the
# next one waiting until its last process is gone, and a free port may be taken by somebody else meanwhile.
cluster_start() {
    local try options="-c listen_addresses=127.0.0.1 -c unix_socket_directories=$directory -c max_connections=200 $*"
    for ((try = 0; try < 50; try++)); do
        [[ -s $directory/port ]] || printf '%d\n' $((20000 + RANDOM)) >"$directory/port"
        as_server "$programs/pg_ctl" start -w -t 60 -s -D "$directory/data" -l "$directory/log" \
            -o "-p $(<"$directory/port") $options" </dev/null >"$directory/said" 2>&1 && return
        [[ -e $directory/started ]] || rm -f -- "$directory/port"
        sleep 0.2
    done
    say "the server does not start: $(tail -n 1 "$directory/said") $(tail -n 1 "$directory/log")"
    return 1
}

start() {
    postgres_find || { install PostgreSQL postgresql && postgres_find; } || exit "$no_postgres"
    mkdir -p -- "$directory" || exit
    [[ -e $directory/data/PG_VERSION ]] || cluster_make || exit
    cluster_start "$@" || exit
    : >"$directory/started"
    connection_string "$directory/port"
}

# connection_string PORT-FILE
connection_string() {
    printf 'Host=127.0.0.1;Port=%s;Database=postgres;Username=orleans_shards;Password=%s\n' \
        "$(<"$1")" "$(<"$directory/password")"
}

# pooler_configure PLACE SETTING...: no socket in the file system, and no limit that a few silos would reach.
pooler_configure() {
    local place=$1
    shift
    printf '%d\n' $((20000 + RANDOM)) >"$place/port"
    printf '"orleans_shards" "%s"\n' "$(<"$directory/password")" >"$place/users"
    printf '%s\n' '[databases]' "* = host=127.0.0.1 port=$(<"$directory/port")" '[pgbouncer]' 'listen_addr = 127.0.0.1' \
        "listen_port = $(<"$place/port")" 'unix_socket_dir =' 'auth_type = scram-sha-256' "auth_file = $place/users" \
        "pidfile = $place/pid" "logfile = $place/log" 'pool_mode = session' 'default_pool_size = 150' "$@" >"$place/ini"
    [[ $EUID != 0 ]] || chown -R "$user" "$place"
}

pooler() {
    local place try program
    # Debian has it where only root looks.
    PATH=$PATH:/usr/sbin:/sbin
    program=$(command -v pgbouncer) || { install PgBouncer pgbouncer && program=$(command -v pgbouncer); } ||
        exit "$no_postgres"
    for ((try = 0; try < 50; try++)); do
        place=$(mktemp -d "$directory/pooler.XXXXXX") && pooler_configure "$place" "$@" || exit
        as_server "$program" -d -q "$place/ini" </dev/null >"$place/said" 2>&1 && pooler_is_up "$place" &&
            { connection_string "$place/port"; return; }
    done
    die "PgBouncer does not start: $(tail -n 1 "$place/said") $(tail -n 1 "$place/log")"
}

# It listens only once it is in the background, and ends where somebody else has the port.
pooler_is_up() {
    local try
    for ((try = 0; try < 600; try++)); do
        grep -q 'process up' "$1/log" 2>/dev/null && return
        ! grep -q 'FATAL' "$1/log" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# By the id that its own directory holds.
stop() {
    local pid
    for pid in "$directory"/pooler.*/pid; do
        [[ ! -s $pid ]] || kill -KILL "$(<"$pid")" 2>/dev/null
    done
    postgres_find || exit
    [[ ! -e $directory/data/postmaster.pid ]] ||
        as_server "$programs/pg_ctl" stop -s -m immediate -D "$directory/data" </dev/null >&2
}

[[ $# -ge 2 && $1 =~ ^(start|pooler|stop)$ ]] || die "expected start, pooler or stop, and a directory; see the head of this file"
command=$1 directory=$(readlink -m -- "$2")
shift 2
user=postgres
id -u "$user" >/dev/null 2>&1 || user=nobody
cd / && "$command" "$@"

#!/bin/sh
# cluster.sh start|stop <folder>: a PostgreSQL server of default durability on a Unix socket below the folder, made from the local programs;
# prints its connection string. Run by root it is the user postgres's.
set -eu
action=$1
folder=$2/postgres
programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$programs" ] || programs=$(dirname "$(command -v pg_ctl || echo /nowhere/pg_ctl)")
if [ ! -x "$programs/pg_ctl" ]; then
    [ "$action" = stop ] || echo "no PostgreSQL here; its table is not taken" >&2
    exit 1
fi
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
case $action in
start)
    mkdir -p "$folder"
    chmod 711 "$2"
    if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
    as "$programs/initdb" -D "$folder/data" -A trust -U bench --encoding=UTF8 --locale=C >&2
    as "$programs/pg_ctl" -D "$folder/data" -l "$folder/log" -w -o "-c listen_addresses= -c unix_socket_directories=$folder -c max_connections=300" start >&2
    echo "Host=$folder;Username=bench;Database=postgres"
    ;;
stop)
    [ ! -f "$folder/data/postmaster.pid" ] || as "$programs/pg_ctl" -D "$folder/data" -m fast -w stop >&2
    ;;
esac

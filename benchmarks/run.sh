#!/bin/sh
# Takes all tables of benchmarks/results anew. For a quiet machine; about ten minutes. ZEQ_BENCH_DIR is a folder on the disk to be
# measured (default: a temporary one), ZEQ_BENCH_SECONDS the length of one run (default 5).
set -eu
cd "$(dirname "$0")/.."
seconds=${ZEQ_BENCH_SECONDS:-5}
work=$(mktemp -d "${ZEQ_BENCH_DIR:-${TMPDIR:-/tmp}}/zeq-bench.XXXXXX")
trap 'benchmarks/cluster.sh stop "$work" || true; rm -rf "$work"' EXIT
dotnet build benchmarks/Zeq.Benchmarks -c Release
host=dotnet
bench() { "$host" benchmarks/Zeq.Benchmarks/bin/Release/net10.0/Zeq.Benchmarks.dll "$@" --table; }
take() {
    file=$1
    shift
    bench "$@" > "$work/table.md"
    mv "$work/table.md" "benchmarks/results/$file.md"
    cat "benchmarks/results/$file.md"
}
mkdir -p benchmarks/results
take transfer-sqlite transfer --store "sqlite:$work/transfer.db" --clients 1,8,32,64,256 --seconds "$seconds" --rounds 3
if server=$(benchmarks/cluster.sh start "$work"); then
    take transfer-postgres transfer --store "postgres:$server" --clients 8,32,64,256 --seconds "$seconds" --rounds 3
    benchmarks/cluster.sh stop "$work"
fi
take chain-validate chain-validate --rows 1000000 --rounds 3
take http-transfer http-transfer --clients 64 --seconds "$seconds" --rounds 3
take sign sign --rounds 5
take agree agree --rounds 5
take aead aead --rounds 5
take kdf kdf --rounds 5
take records records --rounds 5
# The whole table is taken beside an OpenSSL that has ML-KEM: without one .NET's own has no row.
if copy=$(eng/debian13.sh); then host=$copy; fi
take kem kem --rounds 5

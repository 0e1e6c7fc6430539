#!/usr/bin/env bash
# Installs the system packages that are missing, then builds everything and runs every test.
#   ./test.sh            all of it
#   ./test.sh NAME...    only the test projects whose names contain one of NAME
# The last line is: N passed, N failed, N skipped
set -uo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

need() { # need COMMAND-OR-FILE PACKAGE
  command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] && return 0
  missing+=("$2")
}
missing=()
need curl curl
need git git
need setpriv util-linux
need zbarimg zbar-tools
need node nodejs
need npm npm
need patchelf patchelf
need chromium chromium
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || need initdb postgresql
need ip iproute2
need ping iputils-ping
need iperf3 iperf3
ls /usr/lib/*/libsqlite3.so.0 >/dev/null 2>&1 || missing+=(libsqlite3-0)
ls /usr/lib/*/libcrypto.so.3 >/dev/null 2>&1 || missing+=(libssl3)
if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || exit 1
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then
      # The tests start servers of their own: the package shall make and start none.
      apt-get install -y -qq postgresql-common >/dev/null && sed -ri 's/^#?\s*create_main_cluster\s*=.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf || exit 1
    fi
    apt-get install -y -qq "${missing[@]}" >/dev/null || exit 1
  else
    echo "missing, and not installed without root and apt-get: ${missing[*]} (tests that need them report themselves skipped)"
  fi
fi

echo "building"
dotnet build Zeq.Libraries.sln -c Release -warnaserror --nologo -v q || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

passed=0 failed=0 skipped=0 host=dotnet
count() { local n; n=$(grep -aoE "$1: [0-9]+" "$2" | tail -1 | grep -oE "[0-9]+"); echo "${n:-0}"; }

run() { # run LABEL PROJECT [ENV=VALUE...]; on the .NET of $host
  local label=$1 project=$2; shift 2
  local name; name=$(basename "$project")
  local log; log=$(mktemp)
  echo "testing $label"
  env "$@" "$host" exec "tests/$name/bin/Release/net10.0/$name.dll" >"$log" 2>&1
  local code=$?
  local p f s e t n
  t=$(count Total "$log") e=$(count Errors "$log") f=$(count Failed "$log") s=$(count Skipped "$log") n=$(count "Not Run" "$log")
  f=$((f + e)) p=$((t - f - s - n))
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  if [ "$code" -ne 0 ] && [ "$f" -eq 0 ]; then failed=$((failed + 1)); fi
  if [ "$code" -ne 0 ] || [ "$s" -gt 0 ]; then cat "$log"; else echo "  $p passed, $f failed, $s skipped"; fi
  rm -f "$log"
}

run_with_openssl35() { # run_with_openssl35 PROJECT; beside Debian 13's libraries where the machine's own are older
  local label why copy
  label="$(basename "$1") with OpenSSL 3.5"
  why=$(mktemp)
  copy=$(eng/debian13.sh 2>"$why")
  case $? in
    0) host=$copy run "$label" "$1" ZEQ_TEST_MLKEM=system ;;
    2) echo "not testing $label once more: $(cat "$why")" ;;
    *) echo "skipped $label: $(cat "$why")"; skipped=$((skipped + 1)) ;;
  esac
  rm -f "$why"
}

install_interop() { # the packages of tests/interop, as they are locked; without them its tests report themselves skipped
  [ tests/interop/node_modules/.package-lock.json -nt tests/interop/package-lock.json ] && return
  command -v npm >/dev/null && (cd tests/interop && npm ci >/dev/null) || echo "the packages of tests/interop are not installed"
}

chosen() { [ ${#only[@]} -eq 0 ] && return 0; for o in "${only[@]}"; do [[ $1 == *"$o"* ]] && return 0; done; return 1; }
only=("$@")
for project in tests/*.Tests; do
  name=$(basename "$project")
  chosen "$name" || continue
  [[ $name == Zeq.Crypto.Tests || $name == Zeq.Protocol.Tests ]] && install_interop
  run "$name" "$project"
  [ "$name" = Zeq.Crypto.Tests ] || continue
  run "$name with managed providers" "$project" ZEQ_CRYPTO=managed
  run_with_openssl35 "$project"
done

if chosen TwoDomains; then
  echo "running samples/TwoDomains"
  if dotnet samples/TwoDomains/bin/Release/net10.0/TwoDomains.dll; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

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
ls /usr/lib/*/libsqlite3.so.0 >/dev/null 2>&1 || missing+=(libsqlite3-0)
ls /usr/lib/*/libcrypto.so.3 >/dev/null 2>&1 || missing+=(libssl3)
if [ ${#missing[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "installing: ${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null || exit 1
  else
    echo "missing, and not installed without root and apt-get: ${missing[*]} (tests that need them report themselves skipped)"
  fi
fi

echo "building"
dotnet build Zeq.Libraries.sln -c Release -warnaserror --nologo -v q || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

passed=0 failed=0 skipped=0
count() { local n; n=$(grep -aoE "$1: [0-9]+" "$2" | tail -1 | grep -oE "[0-9]+"); echo "${n:-0}"; }

run() { # run LABEL PROJECT [ENV=VALUE...]
  local label=$1 project=$2; shift 2
  local name; name=$(basename "$project")
  local log; log=$(mktemp)
  echo "testing $label"
  env "$@" dotnet exec "tests/$name/bin/Release/net10.0/$name.dll" >"$log" 2>&1
  local code=$?
  local p f s e t
  t=$(count Total "$log") e=$(count Errors "$log") f=$(count Failed "$log") s=$(count Skipped "$log")
  f=$((f + e)) p=$((t - f - s))
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
  if [ "$code" -ne 0 ] && [ "${f:-0}" -eq 0 ]; then failed=$((failed + 1)); fi
  if [ "$code" -ne 0 ] || [ "${s:-0}" -gt 0 ]; then cat "$log"; else echo "  $p passed, $f failed, $s skipped"; fi
  rm -f "$log"
}

chosen() { [ ${#only[@]} -eq 0 ] && return 0; for o in "${only[@]}"; do [[ $1 == *"$o"* ]] && return 0; done; return 1; }
only=("$@")
for project in tests/*.Tests; do
  name=$(basename "$project")
  chosen "$name" || continue
  run "$name" "$project"
  [ "$name" = Zeq.Crypto.Tests ] && run "$name with managed providers" "$project" ZEQ_CRYPTO=managed
done

if chosen TwoDomains; then
  echo "running samples/TwoDomains"
  if dotnet samples/TwoDomains/bin/Release/net10.0/TwoDomains.dll; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]

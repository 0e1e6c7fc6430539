#!/usr/bin/env bash
# Sets .NET beside Debian 13's OpenSSL 3.5, which has ML-KEM, on an older Debian. Nothing is installed: the packages are unpacked under
# artifacts/debian13, and kept there.
#   eng/debian13.sh            prints the path of a 'dotnet' on which MLKem.IsSupported is true: a copy of the machine's own
# Exit code 2, with the reason on stderr, where the machine's own OpenSSL is new enough; 1 where it cannot be had. Needs patchelf.
set -euo pipefail
cd "$(dirname "$0")/.."
give_up() { echo "${*:2}" >&2; exit "$1"; }

own=$(grep -ahoE 'OpenSSL [0-9]+\.[0-9]+' /usr/lib/*/libcrypto.so.3 /usr/lib*/libcrypto.so.3 2>/dev/null | sort -uV | tail -1 || true)
[ -n "$own" ] && [ "$(printf '%s\n' "OpenSSL 3.5" "$own" | sort -V | head -1)" = "OpenSSL 3.5" ] && give_up 2 "this machine's own $own has ML-KEM"
dotnet=$(readlink -f "$(command -v dotnet)") || give_up 1 "there is no dotnet"
for tool in patchelf apt-get; do command -v "$tool" >/dev/null || give_up 1 "$tool is missing"; done
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ "$(. /etc/os-release && echo "${ID:-}")" = debian ] && [ -s "$keys" ] || give_up 1 "packages of Debian 13 are taken on Debian alone"

folder=$PWD/artifacts/debian13
packages=(libc6 libssl3t64 libzstd1 zlib1g)
if [ ! -e "$folder/complete" ]; then
  # The mirror that this machine uses, with the later release. apt keeps all that it writes in here.
  mirror=$(apt-get indextargets --format '$(COMPONENT) $(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "main" && $NF !~ /security/ { print $NF; exit }')
  [ -n "$mirror" ] || give_up 1 "no source of Debian packages is set up for apt"
  rm -rf "$folder"
  mkdir -p "$folder"/apt/{lists/partial,cache/archives/partial,debs,root}
  echo "deb [signed-by=$keys] $mirror trixie main" >"$folder/apt/sources.list"
  apt() {
    apt-get -qq -o Dir::Etc::sourcelist="$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$folder/apt/lists" \
      -o Dir::Cache="$folder/apt/cache" -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Languages=none "$@" >&2
  }
  apt update && (cd "$folder/apt/debs" && apt download "${packages[@]}") || give_up 1 "the packages of Debian 13 cannot be fetched"
  for package in "$folder"/apt/debs/*.deb; do dpkg -x "$package" "$folder/root"; done
  rm -rf "$folder/apt"
  touch "$folder/complete"
fi

# The copy asks by itself for the libraries it is to have, and finds them by its own path: no variable that programs started by it would inherit.
libraries=$(dirname "$(find "$folder/root" -name 'libcrypto.so.3' | head -1)")
loader=$libraries/$(basename "$(patchelf --print-interpreter "$dotnet")")
mkdir -p "$folder/dotnet"
ln -sfn "$(dirname "$dotnet")"/{host,shared,sdk} "$folder/dotnet/"
cp "$dotnet" "$folder/dotnet/dotnet.new"
change() { patchelf "$@" "$folder/dotnet/dotnet.new"; } # one thing at a time: older patchelfs fail on several at once
change --add-needed libssl.so.3
change --add-needed libcrypto.so.3
change --force-rpath --set-rpath "$libraries"
change --set-interpreter "$loader"
mv "$folder/dotnet/dotnet.new" "$folder/dotnet/dotnet"
echo "$folder/dotnet/dotnet"

#!/usr/bin/env bash
# namespaces.sh ZEQ.DLL: two network namespaces, a tunnel by 'zeq tunnel static' between them; ping, and iperf3 both ways where it is there. Exit code 0 where all went well.
# Makes and removes only what carries its process id; stops only what it started.
set -u
zeq=$1 a=zqA$$ b=zqB$$ key=$(mktemp) pids=()
cleanup() {
  for p in "${pids[@]:-}"; do [ -n "$p" ] && kill "$p" 2>/dev/null; done
  wait
  ip netns del "$a" 2>/dev/null; ip netns del "$b" 2>/dev/null; rm -f "$key"
}
trap cleanup EXIT
die() { echo "failed: $*"; exit 1; }
exec </dev/null
ip netns add "$a" && ip netns add "$b" || die "no network namespaces here"
ip -n "$a" link add v0 type veth peer name v0 netns "$b" || die "no veth here"
ip -n "$a" addr add 10.99.0.1/24 dev v0; ip -n "$b" addr add 10.99.0.2/24 dev v0
for n in "$a" "$b"; do ip -n "$n" link set lo up; ip -n "$n" link set v0 up; done
od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$key"; chmod 600 "$key"

side() { # side NAMESPACE ROLE OWN OTHER
  ip netns exec "$1" dotnet "$zeq" tunnel static --role "$2" --local "10.99.0.$3:7770" --remote "10.99.0.$4:7770" --key-file "$key" --address "10.98.0.$3/24" --mtu 1420 &
  pids+=($!)
}
side "$b" responder 2 1
side "$a" initiator 1 2
for _ in $(seq 100); do ip netns exec "$a" ping -c 1 -W 1 10.98.0.2 >/dev/null 2>&1 && break; sleep 0.2; done
ip netns exec "$a" ping -q -c 20 -i 0.05 10.98.0.2 | grep -q ' 0% packet loss' || die "ping"
ip netns exec "$b" ping -q -c 5 -i 0.05 -s 1392 -M do 10.98.0.1 | grep -q ' 0% packet loss' || die "ping of the whole MTU"
ip netns exec "$b" ping -q -c 2 -i 0.05 -s 1393 -M do 10.98.0.1 >/dev/null 2>&1 && die "a packet longer than the MTU went through"
echo "ping: passed"

if command -v iperf3 >/dev/null; then
  for way in "" "-R" "-P 3"; do
    ip netns exec "$b" iperf3 -s -1 -p 5301 >/dev/null 2>&1 &
    server=$!; pids+=("$server"); sleep 0.7
    # shellcheck disable=SC2086
    ip netns exec "$a" timeout 30 iperf3 -c 10.98.0.2 -p 5301 -n 100M $way | grep -E 'receiver' || die "iperf3 $way"
    wait "$server"
  done
  echo "iperf3: passed"
else
  echo "iperf3: not there, skipped"
fi

# Ended by SIGTERM it leaves nothing behind; started again the tunnel comes back.
kill -TERM "${pids[1]}"; wait "${pids[1]}"
ip -n "$a" link show zeq0 >/dev/null 2>&1 && die "the device was left behind"
side "$a" initiator 1 2
for _ in $(seq 100); do ip netns exec "$a" ping -c 1 -W 1 10.98.0.2 >/dev/null 2>&1 && { echo "restart: passed"; exit 0; }; sleep 0.2; done
die "the tunnel did not come back"

# Sourced by the first process of a box: when that ends, by itself or killed from outside, everything in the box is gone.

# Takes the box into use: its name, its address, and the addresses of all pods, for which their nodes answer.
enter() {
  local name=$1 address=$2 pods=$3
  mount -t proc proc /proc
  mount -t tmpfs tmpfs /run
  hostname "$name"
  until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
  ip link set lo up
  ip address add "$address/24" dev eth0
  ip link set eth0 up
  ip route add "$pods" dev eth0
  ip route add default via "${address%.*}.1"
}

declare -A names
# Starts a program that writes its log to the folder $logs.
start() {
  local name=$1
  shift
  "$@" >>"$logs/$name.log" 2>&1 &
  names[$!]=$name
}

# One part less is a broken machine: it ends as a whole, so that it is seen.
end_with_first() {
  local ended
  wait -n -p ended || true
  echo "${names[$ended]} ended:"
  tail -n 8 "$logs/${names[$ended]}.log"
  exit 1
}

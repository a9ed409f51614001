# Sourced by jobs that run the product: `seckey`, keys served by it, and a hand for them.
#   serve_seckey NAME          plugs the software key NAME into the kernel and waits until its hidraw node is there
#   hand remove|insert|touch   what somebody does with it
#   section NAME               begins a part of the output that the test reads by its name
#   pinned PROGRAM ARG…        runs it where it finds no terminal, with $PIN on its standard input, and says how it ended
#   reset_with_hand ARG…       seckey reset, with somebody who removes and inserts the key when asked
export XDG_STATE_HOME=/run/state
seckey() { node "$SECKEY" "$@"; }
section() { echo "== $1"; }
pin_file() { printf '%s\n' "$1" > "/run/pin-$2"; }
pinned() { printf '%s\n' "$PIN" | setsid "$@"; echo "code $?"; }
wait_for() { # FILE TEXT
  local tries=0
  until grep -qF "$2" "$1" 2> /dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 1200 ]; then echo "never said \"$2\":" >&2; cat "$1" >&2; exit 96; fi
    sleep 0.05
  done
}
serve_seckey() {
  rm -f /run/serve.log
  mkfifo /run/hand
  # Not through the function: $! would be a shell around it.
  node "$SECKEY" virtual serve "$1" --uhid --stdin <> /run/hand > /run/serve.log 2>&1 &
  SERVER=$!
  wait_for /run/serve.log 'USB-HID device'
}
hand() { echo "$1" > /run/hand; }
unserve_seckey() {
  # SIGINT is ignored by what a shell without job control starts in the background.
  kill -TERM "$SERVER"
  wait "$SERVER"
  local code=$?
  rm -f /run/hand
  return $code
}
reset_with_hand() {
  seckey reset "$@" 2> /run/reset.log &
  local reset=$!
  wait_for /run/reset.log 'Remove the key'
  "${HAND:-hand}" remove
  wait_for /run/reset.log 'Insert it again'
  "${HAND:-hand}" insert
  wait $reset
  local code=$?
  cat /run/reset.log >&2
  return $code
}

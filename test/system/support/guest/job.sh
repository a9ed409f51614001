# Sourced by every job. One served key at a time:
#   serve NAME.mjs [ARG…]   starts the program and waits until the key is in
#   move remove|insert      and waits until that has happened
#   unserve                 stops it; fails if the program does not end by itself
set -u
said() { grep -cE '^(inserted|removed)' /run/key.log; }
serve() {
  mkfifo /run/key.in
  : > /run/key.log
  node "$@" <> /run/key.in > /run/key.log 2>&1 &
  KEY=$!
  until_said 1
}
move() {
  local before
  before=$(said)
  echo "$1" > /run/key.in
  until_said $((before + 1))
}
until_said() {
  local tries=0
  while [ "$(said)" -lt "$1" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 600 ] || ! kill -0 "$KEY" 2> /dev/null; then
      echo 'the served key failed:' >&2
      cat /run/key.log >&2
      exit 99
    fi
    sleep 0.05
  done
}
unserve() {
  local tries=0
  echo stop > /run/key.in
  while kill -0 "$KEY" 2> /dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 400 ]; then
      echo 'the served key does not end:' >&2
      cat /run/key.log >&2
      exit 98
    fi
    sleep 0.05
  done
  wait "$KEY"
  local code=$?
  [ $code -eq 0 ] || { cat /run/key.log >&2; exit 97; }
  rm /run/key.in
}

# What the commands of this folder share. Sourced by them, never run.
#
# Everything they do happens in one state folder: $BOXOFFICE_STATE, or .boxoffice in the checkout.
# ROOT is the checkout, STATE the state folder.
set -euo pipefail
# The last of a pipeline is this shell and no copy of it, so that `… | put FILE` can end the script.
shopt -s lastpipe
umask 077
# Debian keeps mariadbd and nginx where an ordinary user's PATH does not look.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
STATE=${BOXOFFICE_STATE:-$ROOT/.boxoffice}
OS_USER=$(id -un)

# Settings of the stack itself. Those of the programs are listed in shared/base/config.def.
STACK_SETTINGS=(BOXOFFICE_PORT BOXOFFICE_LISTEN STACKS FUNCTION_WORKERS FUNCTION_BACKLOG
  RATE_LIMITS RATE_PER_ADDRESS RATE_PER_TOKEN RATE_LOGINS TRUSTED_PROXIES
  MACHINE WORKER_FACTOR NGINX_CONNECTIONS DB_BUFFER_POOL DB_LOG_FILE DB_IO_CAPACITY BOXOFFICE_TEST_CLOCK BOXOFFICE_BUILD)

say() { printf '%s\n' "$*"; }
warn() { printf '%s\n' "$*" >&2; }
die() {
  warn "error: $*"
  exit 1
}

# With --help, a command says what stands at its head.
answer_help() {
  [[ ${1:-} == --help || ${1:-} == -h ]] || return 0
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  exit 0
}

# ---- the state folder

# What says that a folder is ours: it is given mode 0700, and `deploy/down --purge` removes it whole.
MARKER=.boxoffice-state

is_state_folder() { [[ -e $STATE/$MARKER ]] || is_older_state_folder; }

# Those made before there was a marker.
is_older_state_folder() { [[ $(head -n 1 "$STATE/settings.env" 2>/dev/null) == '# Written by deploy/up: '* ]]; }

is_empty_folder() { [[ -z $(find "$STATE" -mindepth 1 -maxdepth 1 -print -quit) ]]; }

state_check() {
  STATE=$(realpath -ms -- "$STATE")
  # The path goes into the files of nginx, MariaDB and the supervisor, which quote differently.
  [[ $STATE =~ ^[A-Za-z0-9/._+@-]+$ ]] ||
    die "the state folder's path may only have letters, digits and / . _ + @ - in it: $STATE (set BOXOFFICE_STATE)"
  [[ ! -e $STATE || -d $STATE ]] || die "$STATE is not a folder"
  [[ ! -e $STATE || -O $STATE ]] ||
    die "$STATE belongs to $(stat -c %U -- "$STATE"), not to $OS_USER: set BOXOFFICE_STATE, or run as its owner"
  [[ ! -e $STATE ]] || is_state_folder || is_empty_folder ||
    die "$STATE holds something, and nothing says that it is boxoffice's (there is no $MARKER in it): set BOXOFFICE_STATE to a new or an empty folder"
}

state_must_exist() {
  state_check
  [[ -f $STATE/settings.env ]] || die "nothing is installed in $STATE: run deploy/up first"
}

# One command at a time changes a state folder. Descriptor 9 holds the lock until the end of it.
state_lock() {
  exec 9>"$STATE/lock"
  flock -n 9 && return
  say "waiting for another deploy command on $STATE"
  flock -w 900 9 || die "another deploy command still holds $STATE/lock"
}

# ---- files

# Standard input becomes the file, in one step. Succeeds when that changed it.
put() {
  cat >"$1.new" || {
    rm -f "$1.new"
    die "$1 could not be written"
  }
  if [[ -f $1 ]] && cmp -s "$1" "$1.new"; then
    rm "$1.new"
    return 1
  fi
  mv "$1.new" "$1"
}

# Replaces @NAME@ by the value of the variable NAME, for each NAME given.
render() {
  local text name
  text=$(<"$1")
  for name in "${@:2}"; do text=${text//"@$name@"/${!name}}; done
  printf '%s\n' "$text"
}

last_lines() {
  warn "--- the end of $1"
  tail -n "${2:-20}" -- "$1" >&2 2>/dev/null || true
}

# ---- names

# Every function, with the workers that it is listed with: `name workers` lines, comments and empty lines
# aside. Read once, because they are asked for hundreds of times.
declare -A LISTED_WORKERS=()
FUNCTIONS=()
read_functions() {
  local name count
  while read -r name count; do
    [[ -n $name && $name != \#* ]] || continue
    FUNCTIONS+=("$name")
    LISTED_WORKERS[$name]=$count
  done <"$ROOT/deploy/functions.list"
}
[[ ! -f $ROOT/deploy/functions.list ]] || read_functions

function_names() { ((${#FUNCTIONS[@]} == 0)) || printf '%s\n' "${FUNCTIONS[@]}"; }

job_names() {
  local main name
  for main in "$ROOT"/functions/jobs/*/main.cpp; do
    [[ -f $main ]] || continue
    name=${main%/main.cpp}
    name=${name##*/}
    say "job-${name//_/-}"
  done
}

# Everything that is installed as a release.
program_names() {
  function_names
  job_names
  say boxofficectl
}

is_function() { [[ -n ${LISTED_WORKERS[$1]:-} ]]; }

must_be_program() {
  program_names | grep -xF -- "$1" >/dev/null && return
  warn "error: there is no program named $1; there are:"
  program_names | sort | sed 's/^/  /' >&2
  exit 1
}

# WORKERS_<NAME> is for one function, FUNCTION_WORKERS for all of them; else the list's number, as many
# times as the machine is larger.
workers_of() {
  local own=${1^^}
  own=WORKERS_${own//-/_}
  say "${!own:-${FUNCTION_WORKERS:-$((${LISTED_WORKERS[$1]} * ${WORKER_FACTOR:-1}))}}"
}

# ---- the build

# A build folder makes the programs of the checkout that it was configured for, whoever asks.
sources_of() { sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$1/CMakeCache.txt" 2>/dev/null || true; }

is_build_of_ours() {
  local sources
  sources=$(sources_of "$1")
  [[ -z $sources || $sources -ef $ROOT ]]
}

# ---- settings

program_settings() {
  sed -nE 's/^BO_(SETTING|TEXT)\([a-z0-9_]+, "([A-Z0-9_]+)".*/\2/p' "$ROOT/shared/base/config.def"
}

# What deploy/up was given is what everything else uses until the next deploy/up.
load_settings() {
  set -a
  # shellcheck disable=SC1091
  . "$STATE/settings.env"
  set +a
}

# ---- the running stack

supervisor_running() {
  [[ -e $STATE/run/supervisor.lock ]] && ! flock -n "$STATE/run/supervisor.lock" true
}

supervisor_ask() { "$STATE/bin/boxoffice-supervisor" "$STATE/run/control" "$@"; }

# Replaces the workers of one function on one stack: `1.v1-queue-join`.
recycle() {
  local answer tries=300
  until answer=$(supervisor_ask recycle "$1" 2>&1); do
    # A command that was broken off has left the supervisor at work.
    [[ $answer == *'another change is under way'* ]] && ((tries-- > 0)) || {
      printf '%s\n' "$answer" >&2
      return 1
    }
    sleep 0.2
  done
}

# Succeeds while the process in that file runs and is of this state folder. (A zombie, which has
# no command line left, does not count.)
runs_here() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] &&
    tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -F -- "$STATE/" >/dev/null
}

# Waits until a command fails, looking ten times a second; fails itself after so many seconds.
wait_while() {
  local tries=$(($1 * 10))
  shift
  while "$@"; do
    ((tries-- > 0)) || return 1
    sleep 0.1
  done
}

stop_stack() {
  if supervisor_running; then
    kill -TERM "$(cat "$STATE/run/supervisor.lock")"
    wait_while 200 supervisor_running || die "the supervisor does not stop: see $STATE/log/supervisor.log"
  fi
  # If the supervisor was killed, the kernel told its processes to stop; they may still be at it.
  local pidfile
  for pidfile in "$STATE/run/nginx.pid" "$STATE/run/mariadb.pid"; do
    runs_here "$pidfile" || continue
    kill -TERM "$(cat "$pidfile")" 2>/dev/null || true
    wait_while 60 runs_here "$pidfile" || die "process $(cat "$pidfile") does not stop"
  done
}

# The private MariaDB: its configuration, its data folder, its schema.

# How many connections the programs can hold at once: a worker has one, a recycle runs one worker
# more, and jobs, boxofficectl and an administrator want some too.
connections_needed() {
  local name sum=60
  for name in $(function_names); do sum=$((sum + ($(workers_of "$name") + 1) * STACKS)); done
  say "$sum"
}

database_config() {
  local secure_timestamp=YES
  # Tests move the clock of a session; nothing else may.
  [[ ${BOXOFFICE_TEST_CLOCK:-} == 1 ]] && secure_timestamp=NO
  cat <<CONFIG
# Written by deploy/up. MariaDB reads this file and no other.
[mariadbd]
datadir=$STATE/db
socket=$STATE/run/mariadb.sock
pid_file=$STATE/run/mariadb.pid
tmpdir=$STATE/tmp
# Reached over its socket only.
skip_networking=ON
skip_name_resolve=ON

# Durability: an answered commit survives a power cut, with and without a binary log. It is not for sale:
# flushed once a second, 1.6 times the charges; with a binary log, 0.74 times.
innodb_flush_log_at_trx_commit=1
innodb_doublewrite=ON
sync_binlog=1
binlog_format=ROW

# No gap locks; every decision is taken on locked rows or by a guarded UPDATE.
transaction_isolation=READ-COMMITTED
# INSERT ... SELECT takes its number as every other INSERT does, not under a lock of the whole table that
# it would hold to its end: safe with a binary log of rows. Without, 64 clients saw error 1467 in ten
# minutes, which that lock would explain.
innodb_autoinc_lock_mode=2
# The same behaviour in MariaDB 10.11 and 11.8, whose defaults differ.
innodb_snapshot_isolation=ON
# A lock wait that ran out must not leave half a transaction behind.
innodb_rollback_on_timeout=ON
# The chain of deadlines of shared/base/limits.h. Programs set these two themselves; this is for
# whoever does not.
innodb_lock_wait_timeout=1
max_statement_time=3
# A worker that hangs inside a transaction loses its locks after this long.
idle_write_transaction_timeout=5
# A deadlock is told with the rows it was about, and those hold names and idempotency keys: not
# into a log. SHOW ENGINE INNODB STATUS has the last one.
innodb_print_all_deadlocks=OFF

sql_mode=STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO
character_set_server=utf8mb4
collation_server=utf8mb4_bin
default_time_zone='+00:00'
# NO lets a session move its own clock: for tests (BOXOFFICE_TEST_CLOCK=1) only.
secure_timestamp=$secure_timestamp
local_infile=OFF

# Workers of all functions on all stacks, and room for jobs and people.
max_connections=$(connections_needed)
# The machine's: see deploy/machines.
innodb_buffer_pool_size=$DB_BUFFER_POOL
innodb_log_file_size=$DB_LOG_FILE
innodb_io_capacity=$DB_IO_CAPACITY
# Pages are written back all the time, at that pace, and not only once a tenth of the log is full: after a
# kill the log since the oldest page that was not has to be read, and a database that is killed again and
# again would write none back at all. After 30 power cuts under load 2 MB of log instead of 29 and rising;
# 0.94 times the charges, 1.02 times the holds.
innodb_max_dirty_pages_pct_lwm=0.001
CONFIG
}

# The data folder appears complete or not at all. Its administrator is the system user that runs
# this, known by the socket: there is no password to keep.
create_database() {
  [[ -d $STATE/db ]] && return
  local log=$STATE/log/mariadb-install.log
  say "creating the database"
  rm -rf "$STATE/db.new"
  mariadb-install-db --no-defaults --datadir="$STATE/db.new" --tmpdir="$STATE/tmp" --user="$OS_USER" \
    --innodb-log-file-size="$DB_LOG_FILE" --skip-test-db --auth-root-authentication-method=socket \
    --auth-root-socket-user="$OS_USER" >"$log" 2>&1 || {
    last_lines "$log"
    die "mariadb-install-db failed"
  }
  mv "$STATE/db.new" "$STATE/db"
}

# Whoever stops the database means it (a snapshot of the disk), and it goes on where it was: a restart
# would take longer. Until then everybody is told to come back.
database_service() {
  local as=''
  ((EUID == 0)) && as=' --user=root'
  cat <<SERVICE
exec $(command -v mariadbd) --defaults-file=$STATE/mariadb.cnf$as
order 10
stop_seconds 120
stopped leave
room 64
env LD_PRELOAD=$STATE/bin/libfail_stop.so:$STATE/bin/libsynced_checkpoint.so
log $STATE/log/mariadb.log
SERVICE
}

admin_sql() { mariadb --no-defaults --socket="$STATE/run/mariadb.sock" --user="$OS_USER" "$@"; }

database_silent() { ! admin_sql -e 'SELECT 1' >/dev/null 2>&1; }

wait_for_database() {
  wait_while 60 database_silent && return
  last_lines "$STATE/log/mariadb.log"
  die "MariaDB did not start"
}

# Those that a running database takes as it is; any other change needs a restart.
LIVE_SETTINGS='^(max_connections|innodb_print_all_deadlocks)='

# What the database is started with: its settings, and what is preloaded into it.
database_as_written() { cat "$STATE/mariadb.cnf" && grep '^env ' "$STATE/services/mariadb"; }
settings_that_need_a_restart() { grep -E '^(env )?[A-Za-z_]+=' "$1" | grep -vE "$LIVE_SETTINGS"; }

apply_database_config() {
  local running=$STATE/mariadb.cnf.running
  if [[ -f $running ]] &&
    ! cmp -s <(settings_that_need_a_restart "$running") <(settings_that_need_a_restart <(database_as_written)); then
    say "restarting the database: its settings changed"
    { supervisor_ask reload && supervisor_ask restart mariadb; } >/dev/null || die "MariaDB did not restart: see $STATE/log/mariadb.log"
    wait_for_database
  else
    grep -E "$LIVE_SETTINGS" "$STATE/mariadb.cnf" | sed 's/.*/SET GLOBAL &;/' | admin_sql
  fi
  database_as_written >"$running"
}

# The schema, the sample, and what the caller said about the queue. The schema is changed by the
# administrator's account.
fill_database() {
  local ctl=$BUILD/bin/boxofficectl queue=()
  DB_USER=$OS_USER DB_PASSWORD_FILE='' "$ctl" migrate --dir "$ROOT/sql/schema" || die "the schema could not be brought up to date"
  "$ctl" sample || die "the sample could not be loaded"
  [[ -z ${QUEUE_CAPACITY:-} ]] || queue+=(--capacity "$QUEUE_CAPACITY")
  [[ -z ${CLAIM_SECONDS:-} ]] || queue+=(--claim-seconds "$CLAIM_SECONDS")
  [[ -z ${VISIT_SECONDS:-} ]] || queue+=(--visit-seconds "$VISIT_SECONDS")
  ((${#queue[@]} == 0)) || "$ctl" queue set 1 "${queue[@]}" || die "the queue could not be set"
}

# The files that deploy/up makes for the supervisor and for nginx.

# The settings that the programs know and that are set, as `env` lines.
service_environment() {
  local name
  for name in $(program_settings); do
    [[ -z ${!name:-} ]] || say "env $name=${!name}"
  done
}

function_service() {
  local name=$1 stack=$2 workers DB_USER=$1 DB_PASSWORD_FILE
  DB_PASSWORD_FILE=$(account_password_file "$name")
  workers=$(workers_of "$name")
  # Slots number the workers of a function through all stacks. A recycle uses one slot more.
  cat <<SERVICE
exec $STATE/releases/$name/current/$name
workers $workers
first_slot $(((stack - 1) * (workers + 1)))
socket $STATE/run/$stack/$name.sock
backlog $FUNCTION_BACKLOG
order 20
stop_seconds 15
stopped kill
log $STATE/log/$name.log
SERVICE
  service_environment
}

# nginx, with the configuration of that folder.
nginx_command() {
  local errors=''
  # Without -e, it opens the log it was compiled with before it reads what we tell it. The
  # versions before 1.19.5 have no -e.
  nginx -h 2>&1 | grep -e '-e filename' >/dev/null && errors=" -e $STATE/log/nginx.error.log"
  say "$(command -v nginx) -p $STATE/nginx -c $1/nginx.conf$errors"
}

nginx_service() {
  cat <<SERVICE
exec $(nginx_command "$STATE/nginx")
order 30
stop_signal QUIT
stop_seconds 20
stopped kill
log $STATE/log/nginx.error.log
SERVICE
}

cron_service() {
  cat <<SERVICE
exec $STATE/bin/cron $STATE/crontab
order 40
stop_seconds 30
stopped kill
log $STATE/log/cron.log
env BOXOFFICE_STATE=$STATE
SERVICE
}

# What logrotate(8) does when cron starts it, every minute. A log is a file of its own as soon as it is too
# long, so that a sale fills no disk, and nothing is compressed while there may be one. nginx reopens its
# logs when it is asked; everything else holds its log open for appending, and is not: the file is copied
# and emptied.
logrotate_config() {
  local name
  cat <<CONFIG
# Written by deploy/up.
missingok
notifempty
nocreate
nocompress

$STATE/log/access.log $STATE/log/nginx.error.log {
  size 256M
  rotate 7
  sharedscripts
  postrotate
    pid=\$(cat $STATE/run/nginx.pid) && grep -qF $STATE/nginx /proc/\$pid/cmdline && kill -USR1 \$pid
  endscript
}

CONFIG
  for name in $(function_names) jobs cron supervisor mariadb; do say "$STATE/log/$name.log"; done
  cat <<CONFIG
{
  size 32M
  rotate 3
  copytruncate
}
CONFIG
}

# Brings STATE/services to what is to run. What is no longer to run stays for now: nginx has to
# stop sending requests there first. `obsolete` lists it.
write_services() {
  local name stack file expected=' mariadb nginx cron '
  nginx_service | put "$STATE/services/nginx" || true
  cron_service | put "$STATE/services/cron" || true
  for ((stack = 1; stack <= STACKS; stack++)); do
    mkdir -p "$STATE/run/$stack"
    for name in $(function_names); do
      function_service "$name" "$stack" | put "$STATE/services/$stack.$name" || true
      expected+="$stack.$name "
    done
  done
  for file in "$STATE"/services/*; do
    [[ $expected == *" ${file##*/} "* ]] || obsolete+=("$file")
  done
}

write_upstreams() {
  local name stack
  for name in $(function_names); do
    say "upstream $name {"
    # A function that fails is not taken out: its socket is always there, and requests wait in it.
    for ((stack = 1; stack <= STACKS; stack++)); do
      say "  server unix:$STATE/run/$stack/$name.sock max_fails=0;"
    done
    say "}"
  done
}

# Every rate may be exceeded by ten seconds' worth. What nginx answers from its cache costs little.
write_limits() {
  local SHARED_RATE=$((RATE_PER_ADDRESS * 4)) ADDRESS_BURST=$((RATE_PER_ADDRESS * 10)) SHARED_BURST
  local LOGINS_BURST=$((RATE_LOGINS * 10)) TOKEN_BURST=$((RATE_PER_TOKEN * 10)) ADDRESS_NOW=$((RATE_PER_ADDRESS * 2))
  SHARED_BURST=$((SHARED_RATE * 10))
  # A connection count is at most 65535.
  ((ADDRESS_NOW <= 65535)) || ADDRESS_NOW=65535
  [[ $RATE_LIMITS == off ]] || render "$ROOT/nginx/limits.conf.in" RATE_PER_ADDRESS RATE_PER_TOKEN RATE_LOGINS \
    SHARED_RATE ADDRESS_BURST SHARED_BURST LOGINS_BURST TOKEN_BURST ADDRESS_NOW
}

# How many files nginx may open: it is the supervisor's child, so that where that runs, its limit counts
# and not the one of this shell.
open_files_limit() {
  if supervisor_running; then
    awk '/^Max open files/ { print $5 }' "/proc/$(<"$STATE/run/supervisor.lock")/limits"
  else
    ulimit -Hn
  fi
}

# A request is two connections, and an answer may be a file: hence the spare third. Root may raise the
# limit, where its container lets it.
nginx_limits() {
  local wanted=$((NGINX_CONNECTIONS * 3 / 2)) limit
  OPEN_FILES=$wanted
  if ((EUID != 0)) || ! (ulimit -n "$wanted") 2>/dev/null; then
    limit=$(open_files_limit)
    [[ $limit == unlimited ]] || ((limit >= wanted)) || OPEN_FILES=$limit
  fi
  CONNECTIONS=$((OPEN_FILES * 2 / 3))
  ((CONNECTIONS >= NGINX_CONNECTIONS)) ||
    warn "note: only $OPEN_FILES files may be open at once (ulimit -Hn), so that each nginx worker takes" \
      "$CONNECTIONS connections; raise it to $wanted for $NGINX_CONNECTIONS, then deploy/down and deploy/up"
}

# Everything that nginx is to read, in a folder beside the one that it reads, and tried there: nothing
# of a running stack is replaced by what nginx does not take.
prepare_nginx() {
  local file output folder=$STATE/nginx.new
  local NGINX_USER='' OPEN_FILES CONNECTIONS LISTEN=${BOXOFFICE_LISTEN}:${BOXOFFICE_PORT}
  local network networks REAL_IP_FROM=''
  # nginx drops to another user when root starts it; that one could not enter the state folder.
  ((EUID == 0)) && NGINX_USER='user root;'
  nginx_limits
  rm -rf "$folder"
  mkdir -p "$folder" "$STATE/nginx/temp"
  for file in routes.conf errors.conf fastcgi_function.conf; do
    put "$folder/$file" <"$ROOT/nginx/$file"
  done
  write_upstreams | put "$folder/upstreams.conf"
  write_limits | put "$folder/limits.conf"
  IFS=', ' read -ra networks <<<"$TRUSTED_PROXIES"
  for network in "${networks[@]}"; do REAL_IP_FROM+="  set_real_ip_from $network;"$'\n'; done
  render "$ROOT/nginx/boxoffice.conf.in" STATE NGINX_USER OPEN_FILES CONNECTIONS LISTEN FUNCTION_BACKLOG REAL_IP_FROM |
    put "$folder/nginx.conf"
  output=$($(nginx_command "$folder") -t -q 2>&1) || die "nginx does not take its configuration: $output"
}

# Succeeds when something changed.
write_nginx() {
  local changed=1 file
  for file in "$STATE"/nginx.new/*.conf; do
    put "$STATE/nginx/${file##*/}" <"$file" && changed=0
  done
  rm -r "$STATE/nginx.new"
  return "$changed"
}

# /docs: the page and, where npm can be had, Swagger UI for it, of the version in the lock file.
write_docs() {
  local folder=$STATE/docs source=$ROOT/nginx/docs fetched=$STATE/docs.fetched
  local wanted log=$STATE/log/npm.log package
  mkdir -p "$folder"
  cp "$ROOT/nginx/openapi.yaml" "$folder/openapi.yaml"
  wanted=$(sha256sum <"$source/package-lock.json")
  if [[ $(cat "$fetched" 2>/dev/null) != "$wanted" ]]; then
    say "fetching Swagger UI"
    rm -rf "$folder/npm" "$folder/swagger-ui" "$fetched"
    mkdir -p "$folder/npm"
    cp "$source/package.json" "$source/package-lock.json" "$folder/npm/"
    package=$folder/npm/node_modules/swagger-ui-dist
    if install_npm && (cd "$folder/npm" && timeout 90 npm ci --omit=dev --ignore-scripts --no-audit \
      --no-fund --no-update-notifier --fetch-retries=1 --fetch-timeout=20000 \
      --cache="$folder/npm/cache") >"$log" 2>&1; then
      mkdir "$folder/swagger-ui"
      cp "$package"/{swagger-ui.css,swagger-ui-bundle.js,favicon-32x32.png,LICENSE} "$folder/swagger-ui/"
      say "$wanted" >"$fetched"
    else
      warn "note: Swagger UI could not be fetched (see $log); /docs says so, all else works"
    fi
    rm -rf "$folder/npm"
  fi
  cp "$source/docs.js" "$folder/docs.js"
  if [[ -f $fetched ]]; then
    cp "$source/index.html" "$folder/index.html"
  else
    cp "$source/plain.html" "$folder/index.html"
  fi
}

# Debian and Ubuntu packages: what is missing is installed, what is there is left alone.

BUILD_PACKAGES=(g++ cmake ninja-build pkg-config libmariadb-dev libfcgi-dev libjansson-dev uuid-dev
  libsodium-dev libssl-dev libcurl4-openssl-dev tzdata ca-certificates)

# Those of the packages that are not there.
packages_missing() {
  local package installed
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package; do
    grep -qxF "$package installed" <<<"$installed" || say "$package"
  done
}

have() { command -v "$1" >/dev/null; }

# Runs as root: installs the packages named, without starting anything they bring.
install_script() {
  cat <<'ROOT_SCRIPT'
set -eu
export DEBIAN_FRONTEND=noninteractive
# A package that brings a service starts it, unless this file says no (101). We run our own
# nginx and MariaDB; the system's are not to be touched. Left alone if the machine has one.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
fi
umask 022
# What a package enables would start after the next boot, and Debian's nginx take port 80.
units() { find /lib/systemd/system -maxdepth 1 '(' -name '*.service' -o -name '*.timer' -o -name '*.socket' ')' 2>/dev/null | sort; }
before=$(units)
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"; }
apt update || true
# The packages with the bare server have no service and no database of the system.
if [ "$1" = mariadb ]; then
  shift
  if apt-cache show mariadb-server-core mariadb-client-core >/dev/null 2>&1; then
    set -- mariadb-server-core mariadb-client-core "$@"
  else
    set -- mariadb-server mariadb-client "$@"
  fi
fi
apt install --no-install-recommends "$@"
if command -v systemctl >/dev/null; then
  for unit in $(comm -13 <(echo "$before") <(units)); do systemctl disable "${unit##*/}" || true; done
fi
ROOT_SCRIPT
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

install_packages() {
  local missing=() package log=$STATE/log/packages.log
  have dpkg-query || die "this needs Debian or Ubuntu: there is no dpkg here"
  have mariadbd && have mariadb && have mariadb-install-db || missing+=(mariadb)
  have nginx || missing+=(nginx)
  have curl || missing+=(curl)
  have logrotate || missing+=(logrotate)
  missing+=($(packages_missing "${BUILD_PACKAGES[@]}"))
  ((${#missing[@]})) || return 0
  have apt-get || die "missing packages, and no apt-get to install them: ${missing[*]}"
  ((EUID == 0)) || have sudo || die "missing packages; install them as root, or install sudo: ${missing[*]}"
  say "installing packages: ${missing[*]}"
  as_root bash -c "$(install_script)" bash "${missing[@]}" </dev/null >"$log" 2>&1 || {
    last_lines "$log"
    die "apt-get could not install: ${missing[*]}"
  }
}

# npm is for the pictures only: /docs works without it, and says so.
install_npm() {
  have npm && return
  have apt-get && { ((EUID == 0)) || have sudo; } || return
  say "installing npm (for /docs)"
  as_root bash -c "$(install_script)" bash npm </dev/null >"$STATE/log/npm-install.log" 2>&1
}

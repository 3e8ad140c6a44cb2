# Releases: releases/NAME/ID/NAME with the grants it needs, and the links `current` and `previous`
# beside them.
# Workers are started through `current`, so pointing it elsewhere is what a release is. Until all of
# them run it, it has a file `untried`: what `current` and `previous` were before, a line each.
# NAME/rolled_back says that somebody has rolled back, and deploy/up is to leave the program alone.

RELEASES_KEPT=5

# A link is made under another name and moved over the old one: at no moment is there none.
point() {
  ln -sfn -- "$2" "$1.new"
  mv -fT -- "$1.new" "$1"
}

# Installs a binary as the current release. Fails when it is the current one already.
install_release() {
  local name=$1 binary=$2 folder=$STATE/releases/$1 id current previous
  [[ -x $binary ]] || die "$binary is not a program"
  if [[ -x $folder/current/$name ]] && cmp -s "$binary" "$folder/current/$name"; then
    declared_grants "$name" | put "$folder/current/grants" || true
    rm -f "$folder/rolled_back"
    return 1
  fi
  current=$(readlink "$folder/current" || true)
  previous=$(readlink "$folder/previous" || true)
  id=$(date -u +%Y%m%dT%H%M%S)-$(sha256sum <"$binary" | head -c 12)
  mkdir -p "$folder/$id"
  declared_grants "$name" | put "$folder/$id/grants" || true
  printf '%s\n' "$current" "$previous" | put "$folder/$id/untried" || true
  # Said here, because nothing that fails in a condition ends a script by itself.
  cp "$binary" "$folder/$id/$name.new" && chmod 700 "$folder/$id/$name.new" &&
    mv -f "$folder/$id/$name.new" "$folder/$id/$name" || {
      rm -rf -- "${folder:?}/$id"
      die "$binary could not be copied to $folder/$id"
    }
  [[ -z $current || $current == "$id" ]] || point "$folder/previous" "$current"
  point "$folder/current" "$id"
  prune_releases "$folder"
}

prune_releases() {
  local folder=$1 id
  # Ids begin with the time, so their order is their age.
  for id in $(find "$folder" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -r | tail -n +$((RELEASES_KEPT + 1))); do
    [[ $id == "$(readlink "$folder/current")" || $id == "$(readlink "$folder/previous")" ]] && continue
    rm -rf -- "${folder:?}/$id"
  done
}

is_untried() { [[ -e $STATE/releases/$1/current/untried ]]; }

is_rolled_back() { [[ -e $STATE/releases/$1/rolled_back ]]; }

# Points a link to a release, or to none.
point_back() {
  if [[ -n $2 && -d ${1%/*}/$2 ]]; then point "$1" "$2"; else rm -f "$1"; fi
}

# The current release does not run: what was before it is again, also on those of several stacks that had
# taken it already.
take_back() {
  local folder=$STATE/releases/$1 failed current='' previous=''
  failed=$(readlink "$folder/current")
  { read -r current && read -r previous; } <"$folder/$failed/untried" || true
  point_back "$folder/current" "$current"
  point_back "$folder/previous" "$previous"
  run_current "$1" 2>/dev/null || true
  rm -rf -- "${folder:?}/$failed"
}

# Exchanges `current` and `previous`.
swap_releases() {
  local folder=$STATE/releases/$1 current previous
  current=$(readlink "$folder/current" || true)
  previous=$(readlink "$folder/previous" || true)
  [[ -n $previous ]] || die "$1 has no previous release"
  point "$folder/current" "$previous"
  point "$folder/previous" "$current"
}

# Gives the account what the current release needs, and replaces the workers of a function, on every
# stack, by such of that release.
run_current() {
  local stack
  supervisor_running || return 0
  set_grants || return 1
  if is_function "$1"; then
    for ((stack = 1; stack <= ${STACKS:-1}; stack++)); do recycle "$stack.$1" || return 1; done
  fi
  rm -f "$STATE/releases/$1/current/untried"
}

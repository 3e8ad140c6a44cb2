# The database accounts. Each function and each job has one of its name, with the grants that its
# declaration says and no other. The one of DB_USER owns the schema: it is the operator's.

account_names() {
  function_names
  job_names
}

make_secret() { [[ -s $1 ]] || head -c 48 /dev/urandom | base64 -w0 | put "$1"; }

account_password_file() { say "$STATE/secrets/accounts/$1"; }

# On standard input, because arguments can be read by everyone on the machine.
create_owner() {
  admin_sql <<SQL
CREATE DATABASE IF NOT EXISTS \`$DB_NAME\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE USER IF NOT EXISTS '$DB_USER'@'localhost';
ALTER USER '$DB_USER'@'localhost' IDENTIFIED BY '$(<"$DB_PASSWORD_FILE")';
GRANT ALL PRIVILEGES ON \`$DB_NAME\`.* TO '$DB_USER'@'localhost';
SQL
}

create_accounts() {
  local name file
  for name in $(account_names); do
    file=$(account_password_file "$name")
    make_secret "$file"
    say "CREATE USER IF NOT EXISTS '$name'@'localhost';"
    say "ALTER USER '$name'@'localhost' IDENTIFIED BY '$(<"$file")';"
  done | admin_sql
}

# `account privilege object`, a line each: what a program's declaration says it needs.
declared_grants() { awk -v name="$1" '$1 == name' "$ROOT/deploy/grants.list"; }

# What the current releases need, and those before them, which a rollback may bring back, and which
# the workers run that are about to be replaced.
needed_grants() {
  local name release file
  for name in $(account_names); do
    for release in current previous; do
      file=$STATE/releases/$name/$release/grants
      [[ ! -f $file ]] || cat "$file"
    done
  done | LC_ALL=C sort -u
}

present_grants() {
  admin_sql --skip-column-names <<SQL | awk 'NR == FNR { ours[$1]; next } $1 in ours' <(account_names) - | LC_ALL=C sort
SELECT CONCAT_WS(' ', REPLACE(SUBSTRING_INDEX(grantee, '@', 1), "'", ''), privilege_type, table_name)
  FROM information_schema.table_privileges WHERE table_schema = '$DB_NAME';
SELECT CONCAT_WS(' ', User, 'EXECUTE', Routine_name) FROM mysql.procs_priv
  WHERE Db = '$DB_NAME' AND FIND_IN_SET('Execute', Proc_priv);
SQL
}

grant_statements() {
  awk -v verb="$1" -v to="$2" -v db="$DB_NAME" 'NF == 3 {
    printf "%s %s ON %s `%s`.`%s` %s `%s`@`localhost`;\n",
      verb, $2, ($2 == "EXECUTE" ? "PROCEDURE" : "TABLE"), db, $3, to, $1 }'
}

# Brings what the accounts may do to what they need: gives what is missing, takes what is too much.
set_grants() {
  local needed present
  needed=$(needed_grants) && present=$(present_grants) || return 1
  {
    LC_ALL=C comm -23 <(say "$needed") <(say "$present") | grant_statements GRANT TO
    LC_ALL=C comm -13 <(say "$needed") <(say "$present") | grant_statements REVOKE FROM
  } | admin_sql
}

# Those of functions that are no more.
drop_old_accounts() {
  local file name
  for file in "$STATE"/secrets/accounts/*; do
    name=${file##*/}
    [[ -f $file ]] && ! account_names | grep -xF -- "$name" >/dev/null || continue
    say "DROP USER IF EXISTS '$name'@'localhost';" | admin_sql
    rm -f -- "$file"
  done
}

#!/bin/sh
# Brings the database's logins in line with the secrets: one login for each service, member of the role of its kind, with the
# password of its URL. May run any number of times, so a new node or a changed password needs no more than another `up`.
set -eu

PGPASSWORD=$(cat /secrets/postgres-password)
export PGPASSWORD PGHOST=postgres PGUSER=postgres PGDATABASE=postgres

# A failing statement is not written into the server's log: it may hold a password.
run() {
  { echo "set log_min_error_statement = panic; set log_statement = none; set log_min_duration_statement = -1; set client_min_messages = warning;"; cat; } |
    psql -X -q -v ON_ERROR_STOP=1 "$@" >/dev/null
}

# login FILE [ROLE]
login() {
  url=$(cat "/secrets/$1")
  account=${url#*://}
  account=${account%%@*}
  LOGIN=${account%%:*}
  PASSWORD=${account#*:}
  case "$LOGIN$PASSWORD" in
    *[!A-Za-z0-9._~-]*) echo "$1: login and password take letters, digits, '.', '_', '~' and '-'" >&2; exit 1 ;;
  esac
  export LOGIN PASSWORD
  run -v role="${2:-}" <<'SQL'
\getenv login LOGIN
\getenv password PASSWORD
select format('create role %I', name) from unnest(array[:'login', :'role']) name
  where name <> '' and not exists (select from pg_roles where rolname = name) \gexec
select format('alter role %I login password %L', :'login', :'password') \gexec
select format('grant %I to %I', :'role', :'login') where :'role' <> '' \gexec
SQL
  echo "login $LOGIN${2:+, member of $2}"
}

login owner.url
owner=$LOGIN
database=${url##*/}
database=${database%%\?*}
login importer.url muster_importer
login status.url muster_status
for node in $MUSTER_NODES; do login "$node.url" muster_agent; done

run -v owner="$owner" -v database="$database" <<'SQL'
select format('create database %I owner %I', :'database', :'owner')
  where not exists (select from pg_database where datname = :'database') \gexec
select format('revoke all on database %I from public', :'database') \gexec
select format('grant connect on database %I to muster_importer, muster_agent, muster_status', :'database') \gexec
SQL
echo "database $database belongs to $owner"

#!/bin/sh
# Makes the secrets that are missing in /secrets, at random, and lets each be read by the group of the service that it is for.
# What is there already stays as it is. docs/containers.md has the table of files and groups.
set -eu
umask 077

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# make NAME GROUP CONTENT
make() {
  if [ ! -s "/secrets/$1" ]; then
    printf '%s\n' "$3" >"/secrets/.$1.new"
    mv "/secrets/.$1.new" "/secrets/$1"
    echo "made $1"
  fi
  chown "0:$2" "/secrets/$1"
  chmod 0440 "/secrets/$1"
}

make postgres-password 999 "$(random)"
make owner.url 1101 "postgres://muster-owner:$(random)@postgres:5432/muster"
make importer.url 1101 "postgres://import-service:$(random)@postgres:5432/muster"
make status.url 1102 "postgres://status-service:$(random)@postgres:5432/muster"
place=1200
for node in $MUSTER_NODES; do
  place=$((place + 1))
  make "$node.url" "$place" "postgres://agent-$node:$(random)@postgres:5432/muster"
done
# The keys of build pipelines are made by people.
if [ -s /secrets/app-keys ]; then
  chown 0:1101 /secrets/app-keys
  chmod 0440 /secrets/app-keys
fi
chmod 0755 /secrets

#!/bin/sh
# Brings up two real registries, runs the scripts of e2e/testdata on them, and takes them down again.
# docs/real-registries.md says what it needs and which variables it takes.
set -eu
cd "${0%/*}/.."

missing() {
	echo "e2e-confluent: $1" >&2
	echo "e2e-confluent: it runs where Docker Engine with the compose plugin does, such as a workstation or a CI runner" >&2
	echo "e2e-confluent: with Docker; see docs/real-registries.md. make test needs no Docker." >&2
	exit 1
}
command -v docker >/dev/null 2>&1 || missing "docker is not installed"
docker compose version >/dev/null 2>&1 || missing "docker has no compose plugin"
docker info >/dev/null 2>&1 || missing "no Docker engine answers: docker info says why"

compose() { docker compose -f docker-compose.test.yml "$@"; }
ended() {
	status=$?
	trap - EXIT
	if [ "$status" -ne 0 ]; then compose logs --no-color --tail 60 >&2 || true; fi
	compose down --volumes --timeout 10 || status=1
	exit "$status"
}
trap ended EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

compose up -d --wait
# Every use begins with new containers and empty topics: an exporter would read what an older script left in them.
SRMIGRATE_E2E_SOURCE="http://127.0.0.1:${SOURCE_PORT:-8081}" \
	SRMIGRATE_E2E_TARGET="http://127.0.0.1:${TARGET_PORT:-8082}" \
	SRMIGRATE_E2E_TARGET_INTERNAL=http://target:8081 \
	SRMIGRATE_E2E_WIPE=yes \
	SRMIGRATE_E2E_FRESH="docker compose -f '$PWD/docker-compose.test.yml' up -d --wait --force-recreate --renew-anon-volumes" \
	go tool -modfile=tools/go.mod gotestsum --format testname -- -count=1 -timeout 3h -run '^TestScripts$' ./e2e

#!/usr/bin/env bash
# Checks and bundles the pages into .build/web of this checkout, with packages from npm. Does nothing when the bundle is newer than its
# sources. Needs npm and its registry once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../.." && pwd)/.build/web
mkdir -p "$target"
exec 8>"$target/.lock"
flock 8
stamp=$target/.stamp
[ -f "$stamp" ] && [ -z "$(find "$here" -name node_modules -prune -o -type f -newer "$stamp" -print -quit)" ] && exit 0

command -v npm >/dev/null || { echo "web: npm is missing; install nodejs and npm" >&2; exit 1; }
cd "$here"
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --silent >&2 || { echo "web: the packages of Dashboard/web/package-lock.json could not be fetched: is the npm registry reachable?" >&2; exit 1; }
fi
npm run --silent check
node build.mjs "$target"
touch "$stamp"

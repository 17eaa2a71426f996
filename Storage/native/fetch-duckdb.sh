#!/usr/bin/env bash
# Puts libduckdb.so (SQL and Parquet of Engines=system) into .build/duckdb of this checkout, from the npm package that
# carries it. Does nothing when it is there. Needs npm and its registry once.
set -euo pipefail
package=@duckdb/node-bindings-linux-x64@1.5.2-r.2
root=$(cd "$(dirname "$0")/../.." && pwd)
target=$root/.build/duckdb
sum=392f1dc1135c1d9d2e8353b8bf273b44ea86d367722f57d92b385f550d067f3f
[ -f "$target/libduckdb.so" ] && exit 0

command -v npm >/dev/null || { echo "fetch-duckdb: npm is missing; install nodejs and npm, or put libduckdb.so 1.5.2 into .build/duckdb" >&2; exit 1; }
mkdir -p "$target"
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent "$package" >/dev/null) || { echo "fetch-duckdb: $package could not be fetched: is the npm registry reachable?" >&2; exit 1; }
tar -xzf "$work"/*.tgz -C "$work" package/libduckdb.so package/LICENSE
echo "$sum  $work/package/libduckdb.so" | sha256sum --check --quiet - || { echo "fetch-duckdb: $package is not the file this version was tested with" >&2; exit 1; }
mv "$work/package/LICENSE" "$target/LICENSE"
mv "$work/package/libduckdb.so" "$target/libduckdb.so"

# Shared by ./flow and ./test: what must be on the machine, which engines, the native parts, the build. Sourced, not run.
# Every function says what it does on standard error and stops the caller with a remedy when it can't.

say() { printf '%s\n' "flow: $*" >&2; }
stop() { printf '%s\n' "flow: $*" >&2; exit 1; }

# need_packages FILE...: install the Debian packages listed there that are missing (as root), or print the one line that does.
need_packages() {
  command -v dpkg-query >/dev/null 2>&1 || { say "no dpkg here: install by your own means what setup/packages.txt names"; return 0; }
  local wanted missing
  wanted=$(sed 's/#.*//' "$@" | tr -s ' \n' ' ')
  missing=
  for package in $wanted; do
    # npm and cmake may be there without Debian's package (a tool chain of the user's own).
    case $package in npm | cmake) command -v "$package" >/dev/null 2>&1 && continue ;; esac
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" != 0 ]; then
    stop "missing system packages. Run once: sudo apt-get install -y --no-install-recommends$missing"
  fi
  say "installing system packages:$missing"
  local log="$FLOW_ROOT/.build/apt.log"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 && return 0
  local culprit
  for culprit in $missing; do
    dpkg-query -W -f='${Status}' "$culprit" 2>/dev/null | grep -q 'ok installed' || break
  done
  tail -n 5 "$log" >&2
  stop "the system package '$culprit' could not be installed (no network, or no package source has it); log: .build/apt.log"
}

need_dotnet() {
  command -v dotnet >/dev/null 2>&1 || stop "the .NET SDK 10 is missing: install it so that 'dotnet --version' prints 10.0.100 or newer"
  (cd "$FLOW_ROOT" && dotnet --version >/dev/null 2>&1) || stop "global.json wants .NET SDK 10.0.100 or newer; 'dotnet --list-sdks' shows what is here"
}

# probe_nuget NAME...: whether these packages of Engines=nuget restore, in a project of their own; all of them when none is named.
probe_nuget() {
  local probe="$FLOW_ROOT/.build/probe" wanted
  mkdir -p "$probe"
  wanted=$(printf '%s\\|' "$@")
  {
    echo '<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework>'
    echo '<ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally></PropertyGroup><ItemGroup>'
    sed -n '/Engines.* == .nuget/,/<\/ItemGroup>/s/.*PackageVersion \(Include="[^"]*" Version="[^"]*" \/>\).*/    <PackageReference \1/p' "$FLOW_ROOT/Directory.Packages.props" |
      if [ $# -gt 0 ]; then grep "Include=\"\(${wanted%\\|}\)\""; else cat; fi
    echo '</ItemGroup></Project>'
  } >"$probe/probe.csproj"
  dotnet restore "$probe/probe.csproj" >"$FLOW_ROOT/.build/probe.log" 2>&1
}

# torchsharp_lacks: what TorchSharp's native library asks of this system's libraries and doesn't find; its releases follow newer compilers.
torchsharp_lacks() {
  local assets="$FLOW_ROOT/.build/probe/obj/project.assets.json" root version
  root=$(sed -n '/"packageFolders"/{n;s/.*"\(.*[^\/]\)\/*":.*/\1/p}' "$assets")
  version=$(grep -oE '"TorchSharp/[^"]+"' "$assets" | head -1 | sed 's/.*\///; s/"//')
  ldd "$root/torchsharp/$version/runtimes/linux-x64/native/libLibTorchSharp.so" 2>&1 | grep 'version .* not found' | grep -v 'weak version' |
    head -1 | sed "s/.*\/\(lib[^:]*\): version .\([A-Za-z0-9_.]*\). not found.*/\2 of \1/" || true
}

# choose_engines: which set of packages restores and runs here; asked once, and again when the packages or the question change; kept in
# .build/engines, overridden by FLOW_ENGINES.
choose_engines() {
  local kept="$FLOW_ROOT/.build/engines" log="$FLOW_ROOT/.build/probe.log" lacking
  case "${FLOW_ENGINES:-}" in
    '') ;;
    system) echo "system FLOW_ENGINES says so" >"$kept" ;;
    nuget)
      if probe_nuget TorchSharp && lacking=$(torchsharp_lacks) && [ -n "$lacking" ]; then
        stop "FLOW_ENGINES=nuget can't run here: TorchSharp's native library needs $lacking, which this system hasn't; use FLOW_ENGINES=system, or a newer distribution"
      fi
      echo "nuget FLOW_ENGINES says so" >"$kept"
      ;;
    *) stop "FLOW_ENGINES is '$FLOW_ENGINES': allowed are nuget and system" ;;
  esac
  if [ ! -s "$kept" ] || [ "$FLOW_ROOT/Directory.Packages.props" -nt "$kept" ] || [ "$FLOW_ROOT/setup/lib.sh" -nt "$kept" ]; then
    # TorchSharp first: it is small, and where it can't run the gigabyte of the others need not be fetched.
    if probe_nuget TorchSharp && lacking=$(torchsharp_lacks) && [ -n "$lacking" ]; then
      echo "system TorchSharp restores here, but its native library needs $lacking" >"$kept"
    elif probe_nuget; then
      echo "nuget TorchSharp, Parquet.Net, DuckDB.NET and Hangfire all restore here, and TorchSharp finds what it needs" >"$kept"
    elif grep -q NU1301 "$log"; then
      # Nothing answers: nothing is decided for good, and what is in the local cache may be enough.
      FLOW_ENGINES=system
      say "Engines=system for now: no package source answers (no network?)"
      export FLOW_ENGINES
      return 0
    else
      lacking=$(grep -oE "NU110[0-9]: Unable to find package [A-Za-z.-]+" "$log" | head -1 | sed 's/.*package //; s/\.$//' || true)
      echo "system the NuGet source here does not serve ${lacking:-the packages of Engines=nuget (see .build/probe.log)}" >"$kept"
    fi
  fi
  FLOW_ENGINES=$(cut -d' ' -f1 "$kept")
  # MSBuild reads it from here; a libtorch of the user's own is found by the loader.
  if [ "$FLOW_ENGINES" = nuget ] && [ -z "${TorchDevice:-}" ] && probe_nuget libtorch-cpu-linux-x64; then export TorchDevice=cpu; fi
  say "Engines=$FLOW_ENGINES: $(cut -d' ' -f2- "$kept")"
  export FLOW_ENGINES
}

# first_uncached: the first package of Directory.Packages.props that is not in the local cache.
first_uncached() {
  local name
  for name in $(sed -n 's/.*PackageVersion Include="\([^"]*\)".*/\1/p' "$FLOW_ROOT/Directory.Packages.props"); do
    [ -d "${NUGET_PACKAGES:-$HOME/.nuget/packages}/$(printf '%s' "$name" | tr '[:upper:]' '[:lower:]')" ] || { printf '%s' "$name"; return 0; }
  done
}

# build_all PROJECT: native parts, restore, build; quiet unless something fails.
build_all() {
  local log="$FLOW_ROOT/.build/build.log"
  if [ "$FLOW_ENGINES" = system ]; then
    say "building the binding of libtorch"
    "$FLOW_ROOT/Torch/native/build.sh" >"$log" 2>&1 || { tail -n 20 "$log" >&2; stop "the native binding did not build; log: .build/build.log"; }
    "$FLOW_ROOT/Storage/native/fetch-duckdb.sh" >"$log" 2>&1 || { tail -n 5 "$log" >&2; stop "the npm package @duckdb/node-bindings-linux-x64 could not be had (no network?); log: .build/build.log"; }
  fi
  say "bundling the pages"
  "$FLOW_ROOT/Dashboard/web/build.sh" >"$log" 2>&1 || { tail -n 5 "$log" >&2; stop "the dashboard's pages could not be bundled (npm packages of Dashboard/web/package-lock.json; no network?); log: .build/build.log"; }
  say "restoring packages"
  dotnet restore "$1" -p:Engines="$FLOW_ENGINES" >"$log" 2>&1 || {
    local lacking
    lacking=$(grep -oE "(Unable to find package|Failed to download package) ?'?[A-Za-z0-9.-]*" "$log" | head -1 | sed "s/.*package *'*//" || true)
    [ -n "$lacking" ] || lacking=$(first_uncached)
    grep -E 'error' "$log" | head -3 >&2 || true
    stop "restore failed: the NuGet package ${lacking:-named in .build/build.log} is not here and could not be had (no network?)"
  }
  say "building"
  dotnet build "$1" -c Release --no-restore -p:Engines="$FLOW_ENGINES" -v q -clp:ErrorsOnly >"$log" 2>&1 || { grep -E 'error' "$log" | sort -u | head -20 >&2; stop "the build failed; log: .build/build.log"; }
}

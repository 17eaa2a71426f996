#!/usr/bin/env bash
# Builds libflowtorch.so, the C ABI over libtorch, into .build/native of the repository; does nothing when it is up to date.
#   LIBTORCH=DIR   an unpacked libtorch or the torch folder of a pip package; default: the system's libtorch-dev
# Objects are kept by the hash of what they were made from in ${XDG_CACHE_HOME:-~/.cache}/flow-native, so that a second
# checkout on the same machine compiles nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
out=$(cd ../.. && pwd)/.build/native
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/flow-native

if [ -n "${LIBTORCH:-}" ]; then
  root=$LIBTORCH lib=$LIBTORCH/lib
  include=(-isystem "$root/include" -isystem "$root/include/torch/csrc/api/include")
  version_header=$root/include/torch/csrc/api/include/torch/version.h
else
  root=/usr lib=
  include=(-isystem /usr/include/torch/csrc/api/include)
  version_header=/usr/include/torch/csrc/api/include/torch/version.h
fi
[ -f "$version_header" ] || [ -f "${version_header%/csrc/api/include/torch/version.h}/headeronly/version.h" ] || {
  echo "Torch/native/build.sh: no libtorch headers under $root: install libtorch-dev, or set LIBTORCH to an unpacked libtorch" >&2
  exit 1
}

flags=(-std=c++17 -O3 -fPIC -fvisibility=hidden -fopenmp -DNDEBUG -Wall -Wno-unknown-pragmas "${include[@]}")
# With CUDA: data-parallel groups over nccl, where a pip package or the system has its header.
if [ -n "$lib" ] && [ -f "$lib/libtorch_cuda.so" ]; then
  flags+=(-DFLOW_CUDA)
  for beside in "$root"/../nvidia/*/include /usr/local/cuda/include; do [ -d "$beside" ] && flags+=(-isystem "$beside"); done
fi
# libtorch zips and wheels before 2.6 may use the older C++ ABI; their cmake file says so.
grep -qs '_GLIBCXX_USE_CXX11_ABI=0' "$root/share/cmake/Torch/TorchConfig.cmake" && flags+=(-D_GLIBCXX_USE_CXX11_ABI=0)
common=$(cat ./*.h build.sh "$version_header" 2>/dev/null | cat - <(echo "${flags[@]}" "${CXX:-g++}" "$root") | sha256sum)
key=$(cat ./*.cpp ./*.h build.sh | cat - <(echo "$common") | sha256sum | cut -c1-32)
[ "$(cat "$out/key" 2>/dev/null)" = "$key" ] && [ -f "$out/libflowtorch.so" ] && exit 0

mkdir -p "$out" "$cache"
exec 9>"$cache/lock"
flock 9
objects=() pids=()
for source in *.cpp; do
  object=$cache/${source%.cpp}-$(cat "$source" <(echo "$common") | sha256sum | cut -c1-24).o
  objects+=("$object")
  [ -f "$object" ] && continue
  case $source in
    *.avx2.cpp) extra=(-mavx2 -mfma -ffp-contract=fast -fno-math-errno) ;;
    *.avx512.cpp) extra=(-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mprefer-vector-width=512 -ffp-contract=fast -fno-math-errno) ;;
    *) extra=() ;;
  esac
  while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
  (${CXX:-g++} "${flags[@]}" "${extra[@]}" -c "$source" -o "$object.tmp$$" && mv "$object.tmp$$" "$object") 9>&- &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid"; done

libraries=(-ltorch_cpu -lc10)
[ -f "$lib/libtorch_cuda.so" ] && libraries=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--as-needed "${libraries[@]}")
${CXX:-g++} -shared -fopenmp -o "$out/libflowtorch.so.tmp$$" "${objects[@]}" ${lib:+-L"$lib" "-Wl,-rpath,$lib"} "${libraries[@]}" -ldl 9>&-
mv "$out/libflowtorch.so.tmp$$" "$out/libflowtorch.so"
echo "$key" > "$out/key"

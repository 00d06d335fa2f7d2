#!/usr/bin/env bash
# Every public header compiles alone, without warnings; those that need a library that is missing are named and left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
cxx=${CXX:-g++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

read -ra eigen < <(pkg-config --cflags eigen3 2>/dev/null || echo -I/usr/include/eigen3)
compiles() { "$cxx" -std=c++20 -fsyntax-only "${eigen[@]/#-I/-isystem}" -Iinclude -x c++ - "${@:2}" <<<"#include <$1>"; }

failed=0 count=0
while read -r path; do
  header=${path#include/}
  # The op macros are included in pairs around uses of the table, never by users.
  [[ $header == tendril/detail/op_macros* ]] && continue
  missing=
  for library in Eigen/Core xtensor fmt/format.h; do
    probe=$library
    if [[ $library == xtensor ]]; then
      probe=xtensor/xarray.hpp
      compiles xtensor/containers/xarray.hpp >/dev/null 2>&1 && probe=xtensor/containers/xarray.hpp
    fi
    if grep -q "#include <$library" "$path" && ! compiles "$probe" >/dev/null 2>&1; then missing=$library; fi
  done
  if [[ -n $missing ]]; then
    echo "left out: $header ($missing is not installed)"
    continue
  fi
  count=$((count + 1))
  if ! compiles "$header" -Wall -Wextra -Wshadow -Wconversion -Werror 2>"$work/log"; then
    echo "FAILED: $header does not compile alone:"
    head -20 "$work/log"
    failed=1
  fi
done < <(find include -name '*.hpp' | sort)
[[ $failed == 0 ]] && echo "$count headers compile alone"
exit $failed

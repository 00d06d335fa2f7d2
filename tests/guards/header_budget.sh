#!/usr/bin/env bash
# The budget of the headers: fwd.hpp stays tiny, and tendril.hpp pulls no array library, no fmt, and costs less than a second.
set -euo pipefail
cd "$(dirname "$0")/../.."
cxx=${CXX:-g++}
failed=0

lines=$("$cxx" -std=c++20 -E -Iinclude -x c++ - <<<'#include <tendril/fwd.hpp>' | wc -l)
echo "tendril/fwd.hpp: $lines preprocessed lines (at most 5000)"
((lines <= 5000)) || failed=1

heavy=$("$cxx" -std=c++20 -M -Iinclude -x c++ - <<<'#include <tendril/tendril.hpp>' | tr ' \\' '\n\n' |
  grep -E '/(Eigen|unsupported|xtensor|xtl|xsimd|fmt|nlohmann)/' || true)
if [[ -n $heavy ]]; then
  echo "FAILED: tendril/tendril.hpp pulls:"
  echo "$heavy"
  failed=1
fi

# What a translation unit pays: user and system time of the compiler, which other work on the machine disturbs less than the clock.
times=()
for _ in 1 2 3 4 5; do
  TIMEFORMAT='%U %S'
  spent=$({ time "$cxx" -std=c++20 -O2 -c -o /dev/null -Iinclude -x c++ - <<<'#include <tendril/tendril.hpp>'; } 2>&1)
  times+=("$(awk '{ printf "%d", ($1 + $2) * 1000 }' <<<"$spent")")
done
median=$(printf '%s\n' "${times[@]}" | sort -n | sed -n 3p)
echo "tendril/tendril.hpp: $median ms to include (budget 1000 ms; fails above 1500 ms, for slow machines)"
((median <= 1000)) || echo "WARNING: over the budget of 1000 ms"
((median <= 1500)) || failed=1
exit $failed

#!/usr/bin/env bash
# Eigen 3.4.0 on x86-64: the sign of a zero depends on the flags of the compiler, and on where the element stands.
#
# - -x of eleven zeros, compiled with -mavx: the first eight are +0, the last three -0, as all are without the flag.
# - floor, ceil and rint of eleven times -0, compiled for plain x86-64 (no SSE4.1): the first eight are +0, the rest keep their sign.
# Seen: 00000000111 and 00000000111. Eigen 3.4.1 mended the first, not the second; both are right in 5.0.1.
# For Tendril: kernels of the eigen backend flip the sign bit and keep it when they round (src/backends/eigen/lanes.hpp), so that an element
# is the same on every instruction set and in every place. Emitted Eigen source has Eigen's own: tests/support/forms_check.hpp lists where.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
for version in 3.4.0.2 3.4.1; do
  "$work/venv/bin/pip" install -q --no-deps --target "$work/$version" "cmeel-eigen==$version"
done
cat >"$work/signs.cpp" <<'CPP'
#include <Eigen/Core>
#include <cmath>
#include <cstdio>
#include <cstring>

void print(const char* what, const Eigen::ArrayXf& values) {
  std::printf("%s ", what);
  for (const float v : values) std::printf("%d", std::signbit(v) ? 1 : 0);
  std::printf("\n");
}

int main() {
  print("negated", -Eigen::ArrayXf::Zero(11));
  const Eigen::ArrayXf x = Eigen::ArrayXf::Constant(11, -0.0f);
  print("floor", x.floor());
  print("ceil", x.ceil());
  print("rint", x.rint());
}
CPP
show() { # show VERSION FLAGS: as one line
  g++ -O2 $2 -I"$work/$1/cmeel.prefix/include/eigen3" "$work/signs.cpp" -o "$work/signs"
  "$work/signs" | paste -sd' '
}
expect() { # expect VERSION FLAGS LINE
  local got
  got=$(show "$1" "$2")
  echo "Eigen $1 [$2]: $got"
  [[ $got == "$3" ]] || { echo "changed: expected $3"; exit 1; }
}
all=11111111111 some=00000000111
expect 3.4.0.2 -mavx "negated $some floor $all ceil $all rint $all"
expect 3.4.0.2 "" "negated $all floor $some ceil $some rint $some"
expect 3.4.1 -mavx "negated $all floor $all ceil $all rint $all"
expect 3.4.1 "" "negated $all floor $some ceil $some rint $some"

#!/usr/bin/env bash
# xtensor 0.24.3: a reduction that keeps its axis gives other numbers inside of an expression than under a name, and xt::eval of a total of an
# xt::xarray has four axes of extent 0.
#
# - x - xt::amax(x, {1}, xt::keep_dims), the first row of {{0, 0.5, 1}, {1.5, 2, 2.5}}: -1 -1 -1. With the reduction in an xt::xarray first:
#   -1 -0.5 0. The reduction is stepped on where it should be repeated along the row.
# - xt::eval(xt::sum(x)), compiled as C++20: 4 axes, 0 elements; as C++17, and by xt::xarray<double>(xt::sum(x)): 0 axes, 1 element.
# For Tendril: emitted xtensor source names every reduction before it is used (src/source/cpp.cpp), and never says xt::eval; the xtensor
# frontend computes what the expression says, and tests/frontends/xtensor_frontend_test.cpp names reductions on xtensor's side.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fetch() {
  apt-get download -q "$1" >/dev/null
}
fetch libxtensor-dev=0.24.3-1
fetch xtl-dev
for package in *.deb; do dpkg-deb -x "$package" root; done
cat >inside.cpp <<'CPP'
#include <cstdio>
#include <xtensor/xarray.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>

int main() {
  const xt::xarray<double> x = {{0, 0.5, 1}, {1.5, 2, 2.5}};
  const xt::xarray<double> largest = xt::amax(x, {1}, xt::keep_dims);
  const xt::xarray<double> named = x - largest, inside = x - xt::amax(x, {1}, xt::keep_dims);
  std::printf("named %g %g %g\n", named(0, 0), named(0, 1), named(0, 2));
  std::printf("inside %g %g %g\n", inside(0, 0), inside(0, 1), inside(0, 2));
  const auto total = xt::eval(xt::sum(x));
  const xt::xarray<double> held = xt::sum(x);
  std::printf("eval %zu axes, %zu elements; held %zu axes, %zu elements\n", total.dimension(), total.size(), held.dimension(), held.size());
}
CPP
g++ -std=c++20 -O1 -w -Iroot/usr/include inside.cpp -o inside
./inside | tee seen
diff seen - <<'SEEN'
named -1 -0.5 0
inside -1 -1 -1
eval 4 axes, 0 elements; held 0 axes, 1 elements
SEEN
echo "as seen"

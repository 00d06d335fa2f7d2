#!/usr/bin/env bash
# oneDNN 2.6.3 (Debian 12): dnnl_sgemm adds along K in one accumulator a result, so the product of a long row and a long column of equal
# numbers is 1 % off at K = 4,000,000, and its relative error grows with K. NumPy 2.2.6's OpenBLAS, which adds in more accumulators, is
# 20 times nearer at the same dot product. Seen on x86-64 with AVX-512, one thread:
#   K = 1000: 1.3e-05, K = 100000: 6.7e-04, K = 4000000: 1.1e-02; OpenBLAS at K = 4000000: 4.8e-04
# For Tendril: products are summed over pieces of K in a tree, whichever library multiplies the pieces.
set -euo pipefail
command -v apt-get >/dev/null || { echo "needs Debian 12's apt-get"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -q libdnnl2=2.6.3-1 libdnnl-dev=2.6.3-1 ocl-icd-libopencl1=2.3.1-1 >/dev/null 2>&1
for package in *.deb; do dpkg -x "$package" root; done
python3 -m venv venv
venv/bin/pip install -q numpy==2.2.6

cat >dot.cpp <<'EOF'
#include <cmath>
#include <cstdio>
#include <oneapi/dnnl/dnnl.h>
#include <vector>
int main() {
  for (dnnl_dim_t k : {1000, 100000, 4000000}) {
    std::vector<float> row(k, 0.1f), column(k, 0.1f);
    float result = 0;
    if (dnnl_sgemm('N', 'N', 1, 1, k, 1, row.data(), k, column.data(), 1, 0, &result, 1) != dnnl_success) return 1;
    const double exact = double(0.1f) * double(0.1f) * double(k);
    std::printf("%lld %.3e\n", static_cast<long long>(k), std::abs(result - exact) / exact);
  }
}
EOF
g++ -O1 -Iroot/usr/include dot.cpp root/usr/lib/x86_64-linux-gnu/libdnnl.so.2 -Wl,--allow-shlib-undefined -o dot
LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu OMP_NUM_THREADS=1 ./dot | tee seen

venv/bin/python - <<'EOF'
import numpy as np
one, exact = np.float32(0.1), float(np.float32(0.1)) ** 2
errors = {int(k): float(e) for k, e in (line.split() for line in open("seen"))}
x = np.full(4_000_000, one)
blas = abs(float(x @ x) - exact * x.size) / (exact * x.size)
print(f"numpy {np.__version__}: 4000000 {blas:.3e}")
assert errors[1000] < errors[100_000] < errors[4_000_000], "the error no longer grows with K"
assert errors[4_000_000] > 0.005, "oneDNN's long dot product became accurate"
assert 5 * blas < errors[4_000_000]
EOF

"""Writes print.json: arrays and the text that NumPy's str() gives them."""
import os

import numpy as np

from encoding import encode, write

rng = np.random.default_rng(7)
f32, f64, i32, i64 = np.float32, np.float64, np.int32, np.int64
arrays = []


def add(*items, dtypes=None):
    for a in items:
        for dt in dtypes or [None]:
            arrays.append(np.array(a, dtype=dt))


# Rank 0 prints every digit.
add(0.0, -0.0, 1.0, -2.5, 0.1, 1 / 3, 1e-4, 9.99e-5, 1e15, 1e16, 123456789.0, 1.5e300, np.nan, np.inf, -np.inf, 1e22, dtypes=[f64])
add(0.0, -0.0, 1.0, 0.1, 1 / 3, 1e-4, 1e-5, 123456792.0, 999999.0, 1e6, 1e16, 3e38, 1e-45, np.nan, -np.inf, dtypes=[f32])
add(0.1 + 0.2, 5e-324, 1.7976931348623157e308, 2.2250738585072014e-308, dtypes=[f64])
add(0, 7, -12, 2**31 - 1, -(2**31), dtypes=[i32, i64])
add(2**63 - 1, -(2**63), dtypes=[i64])
add(True, False)
# Trailing zeros, alignment, the eight digits.
add([0.1, 0.25, 1.0], [1.0, 2.0, 3.0], [0.1, -0.25, 100.0], [1 / 3, 2 / 3, 1.0], [-0.0, 0.0], [1.0], [-1.0, 10.5], dtypes=[f64, f32])
add([0.1 + 0.2, 1.0], [1.123456785, 2.0], [1.1234567850000001, 0.5], [99999999.0, 99999998.5], [0.5, 0.125, 0.0625], [12345.678, 999.9], dtypes=[f64])
add([0.99999999999, 1.0], [9.999999999, 10.0], [0.000123456789, 0.1], [999.0, 1.0], [1000.0, 1.0], [1001.0, 1.0], dtypes=[f64, f32])
# The switch to scientific notation.
add([1e8, 1.0], [1e8], [99999999.0], [0.0001], [0.00009999, 0.05], [1e-10, 1.0], [1e5, 99.0], [1e300, -1e-300], [1.5e-7, 0.0], [1e100, 1e-5], dtypes=[f64])
add([1e6], [999999.0], [123456.0, 654321.0], [0.0001], [0.00009, 0.05], [1e-10, 1.0], [1.1e10, 0.1], [1.1e10, 1.23456789e-3], dtypes=[f32])
add([5e-324, 1.0], [1.7976931348623157e308], [-1.5e10, 2.25e-5], [1e10, np.nan], [1e10, -np.inf, 1.25], dtypes=[f64])
# NaN and infinity.
add([np.nan, 1.0], [np.inf, -np.inf], [np.nan], [-np.inf, 1.0], [np.inf, 0.5, 100.25], [np.nan, np.inf, -1.5], [np.nan, np.nan], dtypes=[f64, f32])
add([[np.nan, 1.0], [2.5, -np.inf]], [[1e-9, np.nan], [1.0, np.inf]], dtypes=[f64])
# Integers and booleans.
add([1, 2, 3], [-1, 10, 100], [0], [[1, 2], [30, -4]], [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], dtypes=[i32, i64])
add([2**63 - 1, -(2**63)], [2**40, 0], dtypes=[i64])
add([True, False], [False], [[True, True], [False, True]], [[[True]], [[False]]])
# Higher ranks.
add([[1.0, 2.0], [3.0, 4.5]], [[0.5]], [[[1.0, -2.25], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], dtypes=[f64, f32])
add(np.arange(24.0).reshape(2, 3, 4), np.arange(24).reshape(4, 3, 2), np.zeros((1, 1, 3)), np.ones((3, 1, 1)), np.eye(3))
add(np.linspace(-1, 1, 24).reshape(2, 2, 3, 2), np.arange(16).reshape(2, 2, 2, 2))
# Empty.
for shape in [(0,), (0, 3), (3, 0), (2, 0, 2), (0, 0)]:
    for dt in [f64, f32, i32, i64, bool]:
        add(np.zeros(shape, dt))
# Lines longer than 75.
add(np.linspace(0, 1, 11), np.linspace(-5, 5, 50), np.arange(60), np.arange(200) * 7, np.arange(40.0), np.arange(30) % 3 == 0)
add(np.linspace(0, 1, 23).astype(f32), rng.standard_normal(40), rng.standard_normal((3, 14)), rng.standard_normal((2, 2, 9)) * 1e9)
add(np.arange(3 * 40).reshape(3, 40), rng.standard_normal((2, 12)).astype(f32), np.arange(25).reshape(1, 25) * 1000000)
# More than a thousand elements.
add(np.arange(1000), np.arange(1001), np.arange(1001.0), np.arange(2000) % 2 == 0, np.linspace(0, 1, 5000), np.arange(1200.0).astype(f32))
add(np.arange(1200).reshape(30, 40), np.arange(1200.0).reshape(4, 300), np.arange(1200.0).reshape(300, 4), np.arange(1200).reshape(6, 200))
add(np.arange(1500.0).reshape(10, 15, 10), np.arange(1344).reshape(7, 6, 32) * 1000, rng.standard_normal((8, 9, 20)), np.arange(1210).reshape(1, 1210))
add(np.arange(1296).reshape(6, 6, 6, 6), np.concatenate([[1e-9], np.zeros(1500)]), np.concatenate([np.zeros(700), [1e12], np.zeros(700)]))

u8 = np.uint8
add(7, 255, [1, 2, 3], [0, 200, 7], [[1, 20], [255, 4]], np.arange(60), np.arange(1200) % 256, np.zeros((0, 3)), dtypes=[u8])

cases = [dict(encode(a), repr=str(a)) for a in arrays]
write(os.path.join(os.path.dirname(__file__), "print.json"), "written by make_print.py with NumPy " + np.__version__, cases)
print(len(cases), "cases")

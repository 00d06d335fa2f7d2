"""Writes ops.json: for every public op of ops.def, inputs, attributes and the results that NumPy gives."""
import collections
import os
import warnings

import numpy as np

import arithmetic_cases
import axis_cases
import decomposition_cases
import elementwise_cases
import linear_cases
import structural_cases
import transcendental_cases
import uint8_cases
from encoding import write

warnings.simplefilter("ignore", RuntimeWarning)  # means of nothing are among the cases
files = (elementwise_cases, structural_cases, transcendental_cases, arithmetic_cases, axis_cases, uint8_cases, linear_cases, decomposition_cases)
cases = [case for file in files for case in file.make()]
here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "ops.json"), "written by make_numpy.py with NumPy " + np.__version__, cases)
counts = collections.Counter(c["op"] for c in cases)
print(len(cases), "cases of", len(counts), "ops:", dict(counts))

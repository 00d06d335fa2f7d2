"""Imports the package that vision_module_test writes, in the real JAX, and compares each member with what kornia gave: run_vision.py FOLDER.

Without JAX it says so and ends with 77, which ctest takes for skipped.
"""
import glob
import importlib
import json
import os
import sys

try:
    import jax
    import numpy as np
except ImportError as why:
    print("skipped:", why)
    sys.exit(77)

jax.config.update("jax_enable_x64", True)


def read(a):
    special = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf, "-0": -0.0}
    return np.array([special.get(x, x) if isinstance(x, str) else x for x in a["data"]], dtype=a["dtype"]).reshape(a["shape"])


def functions_of(package, name):
    return [f for f, value in vars(getattr(package, name)).items() if callable(value) and value.__module__ == getattr(package, name).__name__]


def main(folder):
    sys.path.insert(0, os.path.dirname(os.path.abspath(folder)))
    package = importlib.import_module(os.path.basename(os.path.abspath(folder)))
    cases = []
    for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "vision_*.json"))):
        cases += [c for c in json.load(open(path))["cases"] if c.get("member")]
    wrong, compared = [], set()
    for case in cases:
        module, name = case["fn"].split(".")
        function = getattr(getattr(package, module), name)
        if case["fn"] in compared:
            continue  # the package has the first one's types
        compared.add(case["fn"])
        try:
            inputs = [jax.numpy.asarray(read(x)) for x in case["inputs"]]
            for run in (function, jax.jit(function)):
                got = run(*inputs)
                got = got if isinstance(got, tuple) else (got,)
                want = [read(y) for y in case["outputs"]]
                assert len(got) == len(want), "%d results" % len(got)
                for g, w, atol in zip(got, want, case["atol"]):
                    g = np.asarray(g)
                    assert g.shape == w.shape, "shape %s, expected %s" % (g.shape, w.shape)
                    off = np.abs(g.astype(np.float64) - w.astype(np.float64)).max(initial=0)
                    assert off <= 4 * atol, "off by %g, allowed are %g" % (off, 4 * atol)
            assert function.__doc__.strip(), "no docstring"
        except Exception as why:
            wrong.append("%s: %s: %s" % (case["fn"], type(why).__name__, str(why)[:300]))
    written = {"%s.%s" % (m, f) for m in ("color", "filters", "enhance") if hasattr(package, m) for f in functions_of(package, m)}
    wrong += ["%s: no case" % f for f in sorted(written - compared)] + ["%s: not written" % f for f in sorted(compared - written)]
    for line in wrong:
        print(line)
    print(len(compared), "members compared in JAX", jax.__version__ + ",", len(wrong), "differ")
    return 1 if wrong or not compared else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""Runs emitted Python in the real NumPy, torch, JAX and TensorFlow and compares its results with what they should be.

    emit_source FOLDER 1000 && python run_source.py FOLDER [--most=N] [LANGUAGE...]

`--most`: of each kind of case no more than so many, evenly chosen; JAX and TensorFlow take seconds for dozens of them. Needs what requirements.txt pins, ruff included: every file must be as `ruff format` leaves it.
"""
import collections
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import warnings

import numpy as np

from frontend_calls import turned

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.filterwarnings("ignore")
np.seterr(all="ignore")

# What a framework does otherwise by its own rules on valid input: (languages, kinds of case, what the difference reads like, why). A kind
# with a bracket is of random graphs whose text has that word. A number is the relative difference that is allowed; DENORMAL and NAN say
# what is among the inputs.
DENORMAL, NAN = object(), object()
DIFFERS = [
    ("numpy torch jax tensorflow", "floor_divide random[//]", r"nan\), expected .*inf", "C's fmod of an infinity is no number"),
    ("torch tensorflow", "remainder", r"nan\), expected", "C's fmod of an infinity is no number"),
    ("numpy torch tensorflow", "pow random[**]", "negative integer powers", "they are refused"),
    ("jax", "pow random[**]", r"np.u?int|negative powers", "integer powers are those of their low bits"),
    ("numpy", "lgamma", r"inf\), expected", "scipy's gammaln is infinite for the least denormal numbers"),
    ("numpy torch jax tensorflow", "gelu", r"nan\), expected", "an infinity times 0"),
    ("numpy torch jax", "var std moments random[ddof] random[correction]", r"inf\), expected .*nan", "the divisor is at least 0"),
    ("numpy torch jax tensorflow", "var std moments", 0.02, "numbers with much in common lose what tells them apart"),
    ("numpy torch jax tensorflow", "floor_divide", r"-1.0\), expected .*\(-0.0", "an infinite divisor of the other sign"),
    ("torch", "searchsorted random[searchsorted]", "expected", "a sequence with NaN is not in order for torch"),
    ("jax tensorflow", "*", DENORMAL, "denormal numbers count as 0"),
    ("torch", "det", r"inf\), expected", "a product of the pivots that overflows on the way"),
    ("torch jax tensorflow", "slogdet cholesky", NAN, "the sign of NaN; to torch NaN is not positive"),
    ("numpy torch jax tensorflow", "eigh eigvalsh", NAN, "NaN is an error, or not everywhere"),
    ("numpy torch tensorflow", "random[linalg.]", "LinAlgError|InvalidArgumentError.*(invertible|Cholesky|Input matrix)", "a singular matrix is an error"),
    ("jax tensorflow", "scatter", r"add does not accept dtype bool|TensorScatterAdd", "bool is not added up"),
    ("tensorflow", "argmax argmin sort argsort searchsorted", NAN, "NaN has no place of its own in an order"),
    ("tensorflow", "hypot", r"nan\), expected .*inf|inf\), expected", "it is the root of a sum of squares, which may overflow"),
    ("tensorflow", "erf", r"nan\), expected .*1.0", "of an infinity, in float64"),
    ("tensorflow", "astype", "result 0", "real numbers beyond an integer's range"),
    ("jax", "astype random[astype]", r"np\.u?int", "real numbers beyond an integer's range are clipped"),
]


def explained(language, name, wrong, source, inputs):
    kind = name.rsplit("_", 1)[0]

    reals = [a for a in inputs if a.dtype.kind == "f"]

    def fits(k):
        if k == "*":
            return True
        return k.startswith("random[") and k[7:-1] in source if kind == "random" else k == kind

    def reads(text):
        if text is DENORMAL:
            return any(((a != 0) & (np.abs(a) <= 1.01 * np.finfo(a.dtype).tiny)).any() for a in reals)
        if text is NAN:
            return any(np.isnan(a).any() for a in reals)
        if isinstance(text, str):
            return re.search(text, wrong)
        numbers = re.search(r"\((\S+)\), expected \S+\((\S+)\)$", wrong)
        return numbers and abs(float(numbers[1]) / float(numbers[2]) - 1) < text

    return any(language in l.split() and any(map(fits, kinds.split())) and reads(text) for l, kinds, text, _ in DIFFERS)


def decode(a):
    special = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}
    return np.array([special.get(x, x) if isinstance(x, str) else x for x in a["data"]], dtype=a["dtype"]).reshape(a["shape"])


class Numpy:
    enter = staticmethod(lambda a: a)
    leave = staticmethod(np.asarray)


class Torch:
    def __init__(self):
        import torch

        self.enter = lambda a: torch.from_numpy(a.copy())
        self.leave = lambda t: t.numpy()


class Jax:
    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.enter = jax.numpy.asarray
        self.leave = np.asarray


class Tensorflow:
    def __init__(self):
        import tensorflow as tf

        self.enter = tf.constant
        self.leave = lambda t: t.numpy() if hasattr(t, "numpy") else np.asarray(t)


def differs(got, want, bound, atol, inputs):
    if got.dtype != want.dtype:
        return f"dtype {got.dtype}, expected {want.dtype}"
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if bound is not None and not np.isfinite(bound):
        return None  # nobody knows: a comparison of what is rounded came before
    if want.dtype.kind != "f":
        wrong = got != want
    else:
        # The functions of two libraries differ in their last places, and sums in their order.
        # Variances are off by the square of what a number of the input is; `inputs` is that much.
        eps, tiny = np.finfo(want.dtype).eps, np.finfo(want.dtype).tiny
        scale = np.abs(np.where(np.isfinite(want), want, 0)).max(initial=0)
        allowed = 4 * bound + 8 * eps * np.abs(want) if bound is not None else 64 * eps * (np.abs(want) + scale + inputs) + 4 * atol
        same = (got == want) | (np.isnan(got) & np.isnan(want))
        wrong = ~same & ~(np.abs(got.astype(np.float64) - want) <= allowed + 4 * tiny)
    if wrong.any():
        at = np.unravel_index(np.argmax(wrong), wrong.shape)
        return f"at {tuple(int(i) for i in at)}: {got[at]!r}, expected {want[at]!r}"
    return None


def asked_of_numpy_alone(language, source, inputs):
    """Whether NumPy alone is asked: gcd and lcm of the lowest integer."""
    lowest = any(a.dtype.kind == "i" and (a == np.iinfo(a.dtype).min).any() for a in inputs)
    return lowest and re.search(r"(jnp|torch)\.(gcd|lcm)\(", source)


def run(folder, language, cases):
    framework = {"numpy": Numpy, "torch": Torch, "jax": Jax, "tensorflow": Tensorflow}[language]()
    passed, known, refused, failed = 0, 0, collections.Counter(), []
    for case in cases:
        name = case["name"]
        if language in case.get("refused", {}):
            refused[name.rsplit("_", 1)[0]] += 1
            continue
        path = folder / f"{language}_{name}.py"
        if asked_of_numpy_alone(language, path.read_text(), [decode(a) for a in case["inputs"]]):
            known += 1
            continue
        try:
            spec = importlib.util.spec_from_file_location(name, path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            results = getattr(module, name)(*[framework.enter(decode(a)) for a in case["inputs"]])
            if not isinstance(results, tuple):
                results = (results,)
            want = [decode(a) for a in case["outputs"]]
            numbers = [np.abs(x[np.isfinite(x)]).max(initial=0) for x in map(decode, case["inputs"]) if x.dtype.kind == "f"]
            largest = min(float(max(numbers, default=0)), 1e30) * (1 if name.startswith("std") else np.finfo(want[0].dtype).eps if want and want[0].dtype.kind == "f" else 0)
            # JSON has no infinity.
            bounds = [np.inf if b is None else b for b in case["bounds"]] if "bounds" in case else [None] * len(want)
            atol = case.get("atol", [0] * len(want))
            wrong = None if len(results) == len(want) else f"{len(results)} results, expected {len(want)}"
            signs = case.get("signs") or [""] * len(want)
            for k, (r, w, b, t, how) in enumerate(zip(results, want, bounds, atol, signs)):
                got = np.asarray(framework.leave(r))
                got = turned(got, w, how) if got.shape == w.shape else got
                wrong = wrong or ((d := differs(got, w, b, t, largest)) and f"result {k} {d}")
            for other in case.get("others", []):  # right, or refused by the file itself
                try:
                    r = getattr(module, name)(*[framework.enter(decode(a)) for a in other["inputs"]])
                except ValueError as e:
                    wrong = wrong or (", expected " not in str(e) and f"refuses by {e}")
                    continue
                d = differs(np.asarray(framework.leave(r)), decode(other["outputs"][0]), None, 0, 1e-12)
                wrong = wrong or (d and f"for other extents {d}")
        except Exception as e:
            wrong = f"{type(e).__name__}: {str(e).splitlines()[0] if str(e) else ''}"
        if wrong and explained(language, name, wrong, path.read_text(), [decode(a) for a in case["inputs"]]):
            known += 1
        elif wrong:
            failed.append((name, wrong))
        else:
            passed += 1
    return passed, known, refused, failed


def chosen(cases, most):
    """Evenly from the first to the last of each kind."""
    kinds = collections.defaultdict(list)
    for case in cases:
        kinds[case["name"].rsplit("_", 1)[0]].append(case)
    return [c for k in kinds.values() for c in (k if len(k) <= most else [k[i * len(k) // most] for i in range(most)])]


def main():
    folder = pathlib.Path(sys.argv[1])
    cases = json.loads((folder / "cases.json").read_text())
    arguments = sys.argv[2:]
    for a in [a for a in arguments if a.startswith("--most=")]:
        cases = chosen(cases, int(a.removeprefix("--most=")))
        arguments.remove(a)
    status = 0
    for language in arguments or ["numpy", "torch", "jax", "tensorflow"]:
        passed, known, refused, failed = run(folder, language, cases)
        print(f"{language}: {passed} passed, {known} differ as known, {len(failed)} failed, {sum(refused.values())} refused ({', '.join(sorted(refused))})")
        kinds = collections.Counter(name.rsplit("_", 1)[0] for name, _ in failed)
        shown = collections.Counter()
        for name, wrong in failed:
            kind = name.rsplit("_", 1)[0]
            shown[kind] += 1
            if shown[kind] <= 2:
                print(f"  {name} ({kinds[kind]} of its kind): {wrong}")
        status |= bool(failed)
    formatted = subprocess.run([sys.executable, "-m", "ruff", "format", "--check", "--quiet", "--isolated", str(folder)])
    print("ruff format:", "as it leaves it" if formatted.returncode == 0 else "CHANGES FILES")
    return status | formatted.returncode


if __name__ == "__main__":
    sys.exit(main())

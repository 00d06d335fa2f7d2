"""Writes torch_views.json: short programs of views and in-place forms, with what each tensor holds at the end, or the refusal, as torch has it.

A program is a list of steps [name, of, do, keywords]: `name` becomes `of.do(**keywords)`; no name where the step is there for its effect. "x" and "v" are given.
Programs are written by hand and drawn by chance. Left out is what torch.hpp leaves open: results of other functions on tensors that are transposed in memory,
which are transposed too, and operands that share memory with the tensor that changes.
"""
import os
import random

import torch

from array_keys import key_of
from encoding import encode, write

F32, F64, I64, B = torch.float32, torch.float64, torch.int64, torch.bool
cases = []


class Open(Exception):
    """What torch.hpp leaves open."""


def run_step(env, do, t, kw):
    def value(v):
        return env[v] if isinstance(v, str) else v

    if do == "name":
        return t
    if do == "get":
        return t[key_of(kw["key"])]
    if do == "set":
        t[key_of(kw["key"])] = value(kw["value"])
        return None
    if do == "add_to":
        t[key_of(kw["key"])] += value(kw["value"])
        return None
    if do in ("unbind", "chunk", "split"):
        kw = dict(kw)
        which = kw.pop("which")
        return getattr(t, do)(**kw)[which]
    if do in ("view", "reshape", "expand", "permute", "broadcast_to"):
        return getattr(t, do)(tuple(kw["shape"]))
    if do == "to":
        return t.to(getattr(torch, kw["dtype"]))
    if do in ("T", "mT"):
        return getattr(t, do)
    if do in PLACES:
        places = torch.tensor(kw["index"])
        if do == "index_put_":
            return t.index_put_((places,), value(kw["value"]))
        return getattr(t, do)(kw["dim"], places, value(kw["value"]))
    args = [value(v) for k, v in kw.items() if k in ("other", "mask", "value")]
    rest = {k: tuple(v) if isinstance(v, list) else v for k, v in kw.items() if k not in ("other", "mask", "value")}
    return getattr(t, do)(*args, **rest)


PLACES = ("scatter_", "scatter_add_", "index_add_", "index_copy_", "index_fill_", "index_put_")
PURE = ("add", "mul", "neg", "clone", "to", "type_as")


def run(x, v, program):
    env = {"x": x.clone(), "v": v.clone()}
    for name, of, do, kw in program:
        made = run_step(env, do, env[of], kw)
        if do in PURE and made is not env[of] and not made.is_contiguous():
            raise Open()
        if name:
            env[name] = made
    return env


def put(x, v, *program, about=None):
    program = [list(s) for s in program]
    case = {"fn": "views", "inputs": [encode(x.numpy()), encode(v.numpy())], "kwargs": {"program": program}}
    if about:
        case["about"] = about
    try:
        env = run(x, v, program)
        if about:
            case["error"] = True
        else:
            case["outputs"] = [encode(t.clone().contiguous().numpy()) for t in env.values()]
    except (RuntimeError, IndexError, ValueError) as e:
        assert "some elements of the input" not in str(e)
        case["error"] = True
    cases.append(case)


def t(*shape, dtype=F64):
    n = 1
    for s in shape:
        n *= s
    return torch.arange(1, n + 1).reshape(shape).to(dtype)


def by_hand():
    x, v = t(3, 4), t(4) * 10
    put(x, v, ["y", "x", "name", {}], ["", "y", "add_", {"other": 1}])
    put(x, v, ["", "x", "set", {"key": [0], "value": "v"}])
    put(x, v, ["", "x", "add_to", {"key": [0], "value": 1}])
    put(x, v, ["y", "x", "get", {"key": [1]}], ["", "y", "mul_", {"other": "v"}])
    put(x, v, ["y", "x", "T", {}], ["", "y", "mul_", {"other": 2}])
    put(x, v, ["y", "x", "view", {"shape": [-1]}], ["", "y", "zero_", {}])
    put(x, v, ["y", "x", "select", {"dim": 0, "index": 1}], ["", "y", "copy_", {"other": "v"}])
    put(x, v, ["y", "x", "select", {"dim": -1, "index": -1}], ["", "y", "fill_", {"value": 5}])
    put(x, v, ["y", "x", "view", {"shape": [4, 3]}], ["z", "x", "T", {}], ["", "x", "add_", {"other": 1}], ["", "z", "mul_", {"other": 2}])
    put(x, v, ["y", "x", "get", {"key": [[1, 3], [0, 4, 2]]}], ["", "y", "add_", {"other": 100}], ["z", "y", "T", {}], ["", "z", "neg_", {}])
    put(x, v, ["y", "x", "get", {"key": ["...", "newaxis", 1]}], ["", "y", "fill_", {"value": -1}])
    put(x, v, ["y", "x", "get", {"key": [[2, 2]]}], ["", "y", "fill_", {"value": -1}])
    put(x, v, ["y", "x", "T", {}], ["z", "y", "reshape", {"shape": [-1]}], ["", "z", "zero_", {}])  # a copy
    put(x, v, ["y", "x", "T", {}], ["z", "y", "reshape", {"shape": [2, 2, 3]}], ["", "z", "zero_", {}])  # a view
    put(x, v, ["y", "x", "T", {}], ["z", "y", "reshape", {"shape": [-1]}], ["", "x", "zero_", {}])  # a copy keeps what it has
    put(x, v, ["y", "x", "T", {}], ["z", "y", "contiguous", {}], ["", "z", "add_", {"other": 1}], ["", "x", "mul_", {"other": 2}])
    put(x, v, ["y", "x", "contiguous", {}], ["", "y", "add_", {"other": 1}])
    put(t(1, 4), v, ["y", "x", "T", {}], ["z", "y", "contiguous", {}], ["", "z", "add_", {"other": 1}])
    put(x, v, ["y", "x", "clone", {}], ["", "y", "add_", {"other": 1}])
    put(x, v, ["y", "x", "detach", {}], ["", "y", "add_", {"other": 1}])
    put(x, v, ["y", "x", "positive", {}], ["", "y", "add_", {"other": 1}])
    put(x, v, ["y", "x", "to", {"dtype": "float64"}], ["", "y", "add_", {"other": 1}])
    put(x, v, ["y", "x", "to", {"dtype": "float32"}], ["", "y", "add_", {"other": 1}], ["", "x", "mul_", {"other": 3}])
    put(x, v, ["y", "x", "to", {"dtype": "float64"}], ["", "x", "add_", {"other": 1}])
    put(x, v, ["y", "x", "type_as", {"other": "v"}], ["", "y", "add_", {"other": 1}])
    put(t(3, 4, dtype=I64), v, ["y", "x", "type_as", {"other": "v"}], ["", "y", "add_", {"other": 1}])
    put(t(3, 3), t(3), ["y", "x", "diagonal", {}], ["", "y", "fill_", {"value": 0}])
    put(t(3, 4, 2), t(3), *[["y", "x", "diagonal", {"offset": 1, "dim1": 0, "dim2": 1}], ["", "y", "mul_", {"other": "v"}], ["z", "x", "get", {"key": [0]}]])
    put(t(3, 4), t(3), ["y", "x", "diagonal", {"offset": -1, "dim1": 1, "dim2": 0}], ["", "y", "copy_", {"other": "v"}])
    put(t(3, 4), t(3), ["y", "x", "diagonal", {"offset": 9}], ["", "y", "fill_", {"value": 0}])
    put(t(1, 3), t(3), ["y", "x", "expand", {"shape": [2, 3]}], ["", "y", "add_", {"other": 1}])
    put(t(1, 3), t(3), ["y", "x", "expand", {"shape": [2, 3]}], ["", "y", "zero_", {}])
    put(t(1, 3), t(3), ["y", "x", "expand", {"shape": [2, 3]}], ["z", "y", "get", {"key": [1]}], ["", "z", "add_", {"other": 1}])
    put(t(1, 3), t(3), ["y", "x", "expand", {"shape": [-1, 3]}], ["", "y", "add_", {"other": 1}])
    put(t(3), t(3), ["y", "x", "expand", {"shape": [1, 3]}], ["", "y", "add_", {"other": "v"}], ["z", "x", "expand_as", {"other": "y"}])
    put(t(3), t(3), ["y", "x", "broadcast_to", {"shape": [2, 3]}], ["", "y", "copy_", {"other": "v"}])
    put(t(3), t(2, 3), ["y", "x", "expand_as", {"other": "v"}], ["", "x", "add_", {"other": 1}])
    put(t(7), t(2), ["y", "x", "unfold", {"dimension": 0, "size": 2, "step": 2}], ["", "y", "add_", {"other": "v"}])
    put(t(7), t(2), ["y", "x", "unfold", {"dimension": 0, "size": 3, "step": 2}], ["", "y", "zero_", {}])
    put(t(7), t(2), ["y", "x", "unfold", {"dimension": 0, "size": 3, "step": 2}], ["", "x", "zero_", {}])
    put(t(7), t(2), ["y", "x", "unfold", {"dimension": 0, "size": 3, "step": 1}], ["", "y", "add_", {"other": 1}], about="windows that overlap change one by one in torch")
    put(t(1, 3), t(2, 3) > 2, ["y", "x", "expand", {"shape": [2, 3]}], ["", "y", "masked_fill_", {"mask": "v", "value": 1}], about="masked_fill_ of an expanded tensor")
    for dtype in (F32, I64, B):
        put(t(2, 3, dtype=dtype), t(3, dtype=dtype), ["", "x", "set", {"key": [0], "value": 2.5}], ["", "x", "set", {"key": [[], 1], "value": 0}])
        put(t(2, 3, dtype=dtype), t(3), ["", "x", "set", {"key": ["...", -1], "value": 1}], ["", "x", "set", {"key": [1], "value": "v"}])
        put(t(2, 3, dtype=dtype), t(3), ["", "x", "add_to", {"key": [1], "value": "v"}])
        put(t(2, 3, dtype=dtype), t(3), ["y", "x", "get", {"key": [1]}], ["", "y", "mul_", {"other": 0.5}])
    put(t(2, 3, dtype=torch.uint8), t(3), ["", "x", "set", {"key": [1], "value": 300}])
    put(x, x, ["y", "x", "get", {"key": [0]}], ["", "y", "add_", {"other": "v"}])  # another shape
    put(x, x, ["y", "x", "get", {"key": [0]}], ["", "y", "copy_", {"other": "v"}])
    put(x, v, ["y", "x", "get", {"key": [3]}], ["", "y", "add_", {"other": 1}])
    put(x, v, ["y", "x", "get", {"key": [0]}], ["z", "x", "get", {"key": [1]}], ["", "y", "copy_", {"other": "z"}], ["", "z", "add_", {"other": "y"}])
    put(t(0, 3), v, ["y", "x", "get", {"key": [[], 1]}], ["", "y", "add_", {"other": 1}], ["z", "x", "T", {}], ["", "z", "zero_", {}])
    put(t(1).reshape(()), v, ["y", "x", "view", {"shape": [1, 1]}], ["", "y", "add_", {"other": 1}], ["z", "x", "unsqueeze", {"dim": 0}], ["", "z", "mul_", {"other": 3}])
    put(t(1).reshape(()), v, ["y", "x", "get", {"key": ["..."]}], ["", "y", "add_", {"other": 1}])
    for dim in (0, 1, -1):
        for which in (0, 1):
            put(t(4, 6), v, ["y", "x", "unbind", {"dim": dim, "which": which}], ["", "y", "mul_", {"other": -1}])
            put(t(4, 6), v, ["y", "x", "chunk", {"chunks": 2, "dim": dim, "which": which}], ["", "y", "mul_", {"other": -1}])
            put(t(4, 6), v, ["y", "x", "split", {"split_size": 3, "dim": dim, "which": which}], ["", "y", "mul_", {"other": -1}])
            put(t(4, 6), v, ["y", "x", "narrow", {"dim": dim, "start": which, "length": 2}], ["", "y", "mul_", {"other": -1}])
            put(t(4, 6), v, ["y", "x", "narrow", {"dim": dim, "start": -2, "length": 1 + which}], ["", "y", "mul_", {"other": -1}])
    put(t(2, 1, 3), v, ["y", "x", "squeeze", {}], ["", "y", "add_", {"other": 1}], ["z", "x", "movedim", {"source": 0, "destination": -1}], ["", "z", "mul_", {"other": 2}])
    put(t(2, 3, 4), v, ["y", "x", "permute", {"shape": [2, 0, 1]}], ["", "y", "add_", {"other": 1}], ["z", "y", "permute", {"shape": [-1, -3, -2]}], ["", "z", "mul_", {"other": 2}])
    put(t(2, 3, 4), v, ["y", "x", "movedim", {"source": [0, 2], "destination": [1, 0]}], ["", "y", "add_", {"other": 1}], ["z", "y", "mT", {}], ["", "z", "mul_", {"other": 2}])
    put(t(2, 6), v, ["y", "x", "unflatten", {"dim": 1, "sizes": [2, -1]}], ["z", "y", "swapaxes", {"axis0": 0, "axis1": 1}], ["", "z", "add_", {"other": 1}])
    put(t(2, 3, 4), v, ["y", "x", "flatten", {"start_dim": 1}], ["z", "x", "ravel", {}], ["", "y", "add_", {"other": 1}], ["", "z", "mul_", {"other": 2}])
    put(t(2, 3, 4), v, ["y", "x", "transpose", {"dim0": 0, "dim1": 1}], ["z", "y", "flatten", {"start_dim": 1}], ["", "z", "add_", {"other": 1}], ["u", "y", "flatten", {"start_dim": 0, "end_dim": 1}],
        ["", "x", "mul_", {"other": 2}])


def at_places():
    """What an index names in a view is in what it is a view of."""
    x, v = t(3, 4), t(2, 3) * 10
    for do, index in (("scatter_", [[0, 2, 1], [2, 2, 0]]), ("scatter_add_", [[0, 2, 1], [2, 2, 0]]), ("index_add_", [1, 1, 0]), ("index_copy_", [2, 0, 1])):
        w = v if do.startswith("scatter") else t(4, 3)
        put(x, w, ["y", "x", "T", {}], ["", "y", do, {"dim": 1, "index": index, "value": "v"}], ["z", "x", "get", {"key": [0]}])
        put(x, w, ["y", "x", "get", {"key": [[1, ""], [0, 3]]}], ["", "y", do, {"dim": 0, "index": index, "value": "v"}])
    put(x, v, ["y", "x", "T", {}], ["", "y", "index_fill_", {"dim": 0, "index": [0, -1], "value": 7}])
    put(x, v, ["y", "x", "view", {"shape": [-1]}], ["", "y", "index_fill_", {"dim": 0, "index": [5, 7], "value": -1}], ["z", "y", "get", {"key": [[4, 8]]}], ["", "z", "neg_", {}])
    put(x, t(4), ["y", "x", "get", {"key": [["", "", 2]]}], ["", "y", "index_put_", {"index": [1], "value": "v"}])
    put(x, t(4), ["y", "x", "get", {"key": [["", "", 2]]}], ["", "y", "index_put_", {"index": [False, True], "value": "v"}], ["z", "x", "T", {}])
    put(x, t(4), ["y", "x", "get", {"key": [1]}], ["", "y", "index_put_", {"index": [False, True, True, False], "value": "v"}])
    put(t(1, 3), t(3), ["y", "x", "expand", {"shape": [2, 3]}], ["", "y", "index_fill_", {"dim": 0, "index": [0], "value": 1}], about="index_fill_ of an expanded tensor")
    put(t(1, 3), t(2, 3), ["y", "x", "expand", {"shape": [2, 3]}], ["", "y", "index_add_", {"dim": 0, "index": [0, 1], "value": "v"}])


def drawn(seed):
    r = random.Random(seed)
    shape = [r.choice([1, 2, 3, 4]) for _ in range(r.randint(0, 3))]
    x = t(*shape, dtype=r.choice([F64, F64, I64]))
    v = torch.tensor(2).to(x.dtype)
    env = {"x": x.clone(), "v": v}
    program = []

    def view(s):
        d = s.dim()
        dim = r.randint(-d, d - 1) if d else 0
        n = s.size(dim) if d else 1
        options = [("name", {}), ("unsqueeze", {"dim": r.randint(-d - 1, d)}), ("squeeze", {}), ("reshape", {"shape": [-1]}), ("contiguous", {}), ("flatten", {}), ("detach", {}),
                   ("get", {"key": ["...", "newaxis"]}), ("to", {"dtype": r.choice(["float64", "int64"])}), ("expand", {"shape": [r.choice([1, 2])] + [-1] * d}),
                   ("reshape", {"shape": r.choice([[2, -1], [-1, 2], [3, -1], list(reversed(s.shape))])})]
        if d:
            key = [r.choice([[], [r.randint(-m, m - 1), ""], ["", r.randint(-m, m)], ["", "", 2], r.randint(-m, m - 1)]) if m else [] for m in s.shape]
            options += 3 * [("get", {"key": key[:r.randint(1, d)]})]
            options += [("get", {"key": ["..."] + key[-1:]}), ("permute", {"shape": r.sample(range(d), d)}), ("movedim", {"source": dim, "destination": r.randint(-d, d - 1)}),
                        ("transpose", {"dim0": dim, "dim1": r.randint(-d, d - 1)}), ("flatten", {"start_dim": r.randint(0, d - 1)}), ("squeeze", {"dim": dim}), ("unflatten", {"dim": dim, "sizes": [-1, 1]})]
        if d and n:
            options += [("select", {"dim": dim, "index": r.randint(-n, n - 1)}), ("narrow", {"dim": dim, "start": 0, "length": r.randint(0, n)}), ("unbind", {"dim": dim, "which": r.randint(0, n - 1)}),
                        ("unfold", {"dimension": dim, "size": r.randint(1, n), "step": r.randint(1, 3)}), ("chunk", {"chunks": 2, "dim": dim, "which": 0}), ("split", {"split_size": 2, "dim": dim, "which": 0})]
        if d >= 2:
            options += [("mT", {}), ("diagonal", {"offset": r.randint(-1, 1), "dim1": -2, "dim2": -1}), ("diagonal", {"dim1": 1, "dim2": 0})]
        if d <= 2:
            options += [("t", {})]
        return r.choice(options)

    def change():
        return r.choice([("add_", {"other": r.choice([1, "v"])}), ("mul_", {"other": r.choice([2, "v"])}), ("zero_", {}), ("fill_", {"value": r.randint(-9, 9)}), ("neg_", {}), ("copy_", {"other": "v"}),
                         ("sub_", {"other": 5}), ("set", {"key": ["..."], "value": r.choice([3, "v"])}), ("clamp_", {"min": 2, "max": 9})])

    def attempt(step):
        name, of, do, kw = step
        trial = {k: a for k, a in env.items()}
        before = {k: a.clone() for k, a in env.items()}
        try:
            made = run_step(trial, do, trial[of], kw)
            if do in PURE and made is not trial[of] and not made.is_contiguous():
                return False
        except (RuntimeError, IndexError, ValueError, NotImplementedError):
            assert all(torch.equal(before[k], env[k]) for k in env)
            return False
        if name:
            env[name] = made
        program.append(list(step))
        return True

    def overlaps(s):  # an element is seen twice
        if s.numel() == 0:
            return False
        at = {0}
        for n, stride in zip(s.shape, s.stride()):
            at = [a + i * stride for a in at for i in range(n)]
        return len(set(at)) < len(list(at))

    for _ in range(r.randint(4, 9)):
        of = r.choice([k for k in env if k != "v"])
        if r.random() < 0.6 and len(env) < 8:
            do, kw = view(env[of])
            attempt(("abcdefgh"[len(env)], of, do, kw))
        elif r.random() < 0.15 and len(env) < 8:
            attempt(("abcdefgh"[len(env)], of, r.choice(["add", "mul"]), {"other": 2}))
        else:
            do, kw = change()
            if overlaps(env[of]) and do not in ("zero_", "fill_"):
                continue
            attempt(("", of, do, kw))
    if any(not s[0] for s in program):
        put(x, v, *program)


by_hand()
for seed in range(700):
    drawn(seed)
at_places()
here = os.path.dirname(os.path.abspath(__file__))
write(os.path.join(here, "torch_views.json"), "written by make_torch_views.py with torch " + torch.__version__, cases)
print(len(cases), "programs,", sum("error" in c for c in cases), "refused")

"""Keys of arrays as the reference files write them, shared by their generators and read by tests/support/frontend_cases.cpp."""


def key_of(items):
    """A list for a slice, with "" where an end is open, an integer for a place, "newaxis" and "..."."""
    def one(i):
        if isinstance(i, (list, tuple)):
            return slice(*[None if e == "" else e for e in i or [""]])
        return {"newaxis": None, "...": ...}.get(i, i) if isinstance(i, str) else i

    return tuple(one(i) for i in items)

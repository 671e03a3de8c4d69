# shapes.py: what h5py and xarray see in the entries of shapes.c.
# SPDX-License-Identifier: BSD-2-Clause
"""shapes.py ENTRY...: ends with 0 if names, shapes and values are those that shapes.c has computed.
shapes.py copy FROM TO: copies the contents of an entry to a new file, as h5py does it."""
import sys
import warnings

import h5py
import numpy
import xarray

warnings.simplefilter ("ignore")

INNER = [("s", "<i2"), ("d", "<f8", (2,))]
OUTER = [("kind", "i1"), ("in", INNER), ("u", "<f4"), ("v", "<f4"), ("pairs", INNER, (2,)), ("low", "<u4"), ("high", "<i4"),
         ("way", "<i4"), ("yes", "u1"), ("name", "i1", (4,)), ("z", "<c16"), ("grid", "<i4", (2, 3))]
WIDE = [("low", "<u8"), ("high", "<i8")]
X87 = numpy.longdouble (1.25).dtype


def outer (i):
    return (97 + i, (i, [i + 0.5, i + 0.25]), 1, i, [(0, [0, 0]), (7 + i, [70, i])], 5, -3, 1, i == 0, [97, 98, 99, 0], i - 1j,
            [[10 * i + 3 * j + k for k in range (3)] for j in range (2)])


def array (values, dtype):
    return numpy.array (values, dtype=dtype)


# What each function leaves behind: path below /outputs, value with its type. Text is bytes.
EXPECTED = {
    "integers": {
        "yes": array (1, "u1"), "letter": array (ord ("x"), "i1"), "i8": array (-8, "i1"), "u8": array (200, "u1"),
        "i16": array (-1600, "i2"), "u16": array (60000, "u2"), "i32": array (-2000000000, "i4"), "u32": array (4000000000, "u4"),
        "i64": array (-2**63 + 1, "i8"), "u64": array (2**64 - 2, "u8"), "way": array (-1, "i4"), "return": array (0.25, "f8"),
    },
    "wide_integers": {
        "return": array ((2, -1), WIDE), "u128": array ((4, 3), [("low", "<u8"), ("high", "<u8")]),
    },
    "floats": {
        "f64": array (1e300, "f8"), "x87": array (1.25, X87), "f16": array (-0.5, "f2"), "c64": array (1.5 - 2.5j, "c8"),
        "c128": array (-3 + 4j, "c16"), "xc": array (0.5 + 8j, numpy.clongdouble), "return": array (0.125, "f4"),
    },
    "arrays": {
        "line": array ([0.5, 1.5, 2.5], "f8"), "plane": array ([[0, 1], [10, 11], [20, 21]], "f4"),
        "cube": array ([[[0, 1], [10, 11], [20, 21]], [[100, 101], [110, 111], [120, 121]]], "i2"),
        "waves": array ([[0, 0], [1j, 1], [2j, 2]], "c16"), "flags": array ([0, 1], "u1"), "empty": numpy.zeros (0),
        "flat": numpy.zeros ((2, 0)), "missing": numpy.zeros (0), "ways": array ([-1, 0, 1], "i4"),
        "counted": array ([0, -1, 0, -1, 0, -1], "f8"),
    },
    "rows": {
        "matrix": array ([[0, 1], [10, 11], [20, 21]], "f8"),
        "cube": array ([[[0, -1], [0, -1], [0, -1]], [[0, 0], [1, 1], [2, 2]]], "f4"),
    },
    "upper": {
        "a": array ([[0, 1, 2], [0, 11, 12], [0, 0, 22]], "f8"), "a written": array ([0b00110111, 1], "u1"),
    },
    "structs": {
        "list": array ([outer (0), outer (1)], OUTER), "return": array (outer (9), OUTER),
        "table": array ([[(0, [1, 2]), (0, [3, 4])], [(1, [1, 2]), (-1, [3, 4])]], INNER),
    },
    "strings": {
        "text": b"copper", "nothing": b"", "return": "Köln 12".encode (), "letters": array ([97, 0, 99], "i1"),
        "grid": array ([[97, 98, 99], [100, 101, 102]], "i1"), "bytes": array ([1, 2, 3, 0], "u1"),
    },
    "names": { "return/0": b"a", "return/1": b"bb", "return/2": b"ccc" },
    "series": {
        "return/n": array (3, "i4"), "return/x": array ([0, 1, 2], "f8"), "return/more": array ((2,), [("m", "<i4")]),
        "return/more.y": array ([1, 2], "f4"), "return/offset": array (0.75, "f8"),
    },
    "several_series": {
        "all/values": array ([(1, (0,), 0), (2, (0,), 1)], [("n", "<i4"), ("more", [("m", "<i4")]), ("offset", "<f8")]),
        "all/0/x": array ([0], "f8"), "all/1/x": array ([10, 11], "f8"),
    },
    "chain": { "return/value": array (2, "f8"), "return/next/value": array (1, "f8"), "return/next/next/value": array (0, "f8") },
    "callback": { "return": array (101, "f8") },
    "namesakes": { "a": array ([0, 1], "f8"), "b": array ([0, 1], "f8"), "size": array (2, "i4") },
    "variables": { "total": array (10, "f8"), "counts": array ([[1, 2], [3, 7]], "i4") },
}

# What the axes of arrays directly in /outputs are called: as their extents in the source.
DIMENSIONS = {
    "arrays": {
        "line": ("n",), "plane": ("n", "m"), "cube": ("2", "n", "m"), "waves": ("n", "2"), "flags": ("m",), "empty": ("none",),
        "flat": ("2", "none"), "missing": ("0",), "ways": ("3",), "counted": ("m *n",),
    },
    "rows": { "matrix": ("n", "m"), "cube": ("2", "n", "m") },
    "upper": { "a": ("n", "n 2"), "a written": ("2",) },
    "structs": { "list": ("n",), "table": ("n", "2"), "return": () },
    "strings": { "text": (), "nothing": (), "return": (), "letters": ("3",), "grid": ("2", "3"), "bytes": ("4",) },
    "namesakes": { "a": ("size 2",), "b": ("k",), "size": () },
    "variables": { "counts": ("2", "2 2"), "total": () },
}

# And what it has read, of some.
INPUTS = {
    "arrays": { "inputs/n": array (3, "i4"), "inputs/none": array (0, "i4") },
    "callback": { "inputs/f": None, "inputs/m/f": None, "inputs/m/x": None, "inputs/x": None, "inputs/name": b"abc" },
    "variables": { "inputs/x": array ([0.5, 1.5, 2.5], "f8"), "inputs/scale": array (2, "f8"), "globals/total": array (1, "f8") },
}

ATTRIBUTES = { "function": "shapes.c", "source": "shapes.c:", "key": "", "code": "", "compiler": "GCC", "hashcache": "",
               "created": "T", "host": "", "user": "", "job": "" }


def check (what, seen, wanted):
    if isinstance (wanted, bytes):
        good = seen.shape == () and seen.dtype.kind == "S" and bytes (seen[()]) == wanted
    elif wanted is None:
        good = seen.shape == (0,)
    else:
        good = seen.shape == wanted.shape and seen.dtype == wanted.dtype and (seen == wanted).all ()
    assert good, f"{what}: {seen.shape} {seen.dtype} {seen!r} instead of {wanted!r}"


def is_scale (item):
    return item.attrs.get ("CLASS") == b"DIMENSION_SCALE"


def datasets (group):
    """Names of those that are no dimensions."""
    found = []
    group.visititems (lambda name, item: found.append (name) if isinstance (item, h5py.Dataset) and not is_scale (item) else None)
    return sorted (found)


def look_at_dimensions (name, outputs):
    for where, wanted in DIMENSIONS.get (name, {}).items ():
        item = outputs[where]
        seen = tuple (axis[0].name.rpartition ("/")[2] for axis in item.dims)
        assert seen == wanted, f"{name}: {where} has the dimensions {seen} instead of {wanted}"
        for i, axis in enumerate (item.dims):
            assert len (axis) == 1 and axis[0].shape == item.shape[i:i + 1] and axis[0].id.get_storage_size () == 0, (name, where)
            assert h5py.h5ds.is_attached (item.id, axis[0].id, i), (name, where)


def look_at_attributes (f):
    text = { name: value.decode () if isinstance (value, bytes) else value for name, value in f.attrs.items () }
    assert set (text) == set (ATTRIBUTES) | { "seconds", "rank", "ranks" }, text
    assert all (isinstance (text[name], str) for name in ATTRIBUTES), text
    assert "shapes.c:" in text["source"] and len (text["key"]) == len (text["code"]) == 32 and text["created"][10] == "T", text
    assert text["seconds"] >= 0 and text["rank"] == 0 and text["ranks"] >= 1, text
    for path, item in [("inputs", f["inputs"]), ("globals", f["globals"])]:
        assert all ("digest" in argument.attrs for argument in item.values ()), path


def look_with_h5py (path):
    """The function whose entry PATH is."""
    with h5py.File (path, "r") as f:
        name = f.attrs["function"]
        name = name.decode () if isinstance (name, bytes) else name
        look_at_attributes (f)
        if name not in EXPECTED: # numpy has no numbers of 128 bits
            return name
        assert datasets (f["outputs"]) == sorted (EXPECTED[name]), (name, datasets (f["outputs"]))
        for where, wanted in EXPECTED[name].items ():
            check (f"{name}: {where}", numpy.asarray (f["outputs"][where][()]), wanted)
        look_at_dimensions (name, f["outputs"])
        for where, wanted in INPUTS.get (name, {}).items ():
            check (f"{name}: {where}", numpy.asarray (f[where][()]), wanted)
        parts = f["parts"][()]
        assert { (b"", b"code"), (b"body", name.encode ()) } <= { (row["group"], row["name"]) for row in parts }, parts
    return name


def look_with_xarray (path, name):
    """Each group is a dataset of xarray's, which takes what is directly in it."""
    for group in sorted ({ where.rpartition ("/")[0] for where in EXPECTED.get (name, {}) }):
        whole = "/".join (["outputs", group]).rstrip ("/")
        with xarray.open_dataset (path, group=whole, engine="h5netcdf", phony_dims="sort" if group else None) as d:
            wanted = { where.rpartition ("/")[2]: value for where, value in EXPECTED[name].items ()
                       if where.rpartition ("/")[0] == group }
            assert sorted (d.variables) == sorted (wanted), (name, group, sorted (d.variables))
            for where, value in wanted.items ():
                check (f"{name}: {group}/{where} in xarray", d[where].values, value)
            for where, dimensions in DIMENSIONS.get (name, {}).items ():
                assert d[where].dims == dimensions, (name, where, d[where].dims)
    for group in ["inputs", "globals"] if name in EXPECTED else []:
        xarray.open_dataset (path, group=group, engine="h5netcdf", phony_dims="sort").load ().close ()


def copy (path, to):
    with h5py.File (path, "r") as f, h5py.File (to, "w") as g:
        for name in f:
            f.copy (name, g)
        for name, value in f.attrs.items ():
            g.attrs[name] = value


def main (arguments):
    if arguments[0] == "copy":
        copy (*arguments[1:])
        return
    seen = []
    for path in arguments:
        name = look_with_h5py (path)
        look_with_xarray (path, name)
        seen.append (name)
    assert sorted (seen) == sorted ([*EXPECTED, "quadruple"]), seen


main (sys.argv[1:])

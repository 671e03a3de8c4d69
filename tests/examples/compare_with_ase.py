#!/usr/bin/env python3
"""compare_with_ase.py: the EMT example agrees with ASE's implementation of the same potential to 1e-9.

SPDX-License-Identifier: BSD-2-Clause

usage: compare_with_ase.py EMT_PRINT

EMT_PRINT is the program built from emt_print.c. Energy (eV), energies per atom, forces (eV/angstrom) and stress (eV/angstrom^3,
in the order xx yy zz yz xz xy) are compared on disturbed and sheared cells of all seven metals, on primitive cells that are
smaller than the cutoff, on atoms outside the cell, on clusters, and on alloys. Energies per atom are not compared for alloys:
there ASE gives both atoms of a pair the same share of its energy. Exit status 77 where ASE is not installed.
"""
import subprocess
import sys

try:
    import numpy as np
    from ase import Atoms
    from ase.build import bulk
    from ase.calculators.emt import EMT
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

TOLERANCE = 1e-9
METALS = ["Al", "Cu", "Ag", "Au", "Ni", "Pd", "Pt"]


def disturbed(atoms, seed, amount=0.15):
    """A sheared copy with every atom moved by AMOUNT angstrom or so."""
    random = np.random.default_rng(seed)
    atoms = atoms.copy()
    atoms.set_cell(atoms.cell @ (np.eye(3) + 0.03 * random.standard_normal((3, 3))), scale_atoms=True)
    atoms.positions += amount * random.standard_normal((len(atoms), 3))
    return atoms


def alloy(first, second, seed):
    atoms = disturbed(bulk(first, cubic=True) * (2, 2, 2), seed)
    atoms.symbols[::3] = second
    return atoms


def crystals():
    """(name, atoms, whether energies per atom are defined alike)"""
    for seed, metal in enumerate(METALS):
        yield f"{metal}, 32 atoms, disturbed", disturbed(bulk(metal, cubic=True) * (2, 2, 2), seed), True
        yield f"{metal}, primitive", bulk(metal), True
        yield f"{metal}, long cell, disturbed", disturbed(bulk(metal) * (9, 1, 2), 100 + seed, 0.1), True
    outside = disturbed(bulk("Pd", cubic=True) * (4, 4, 4), 7)
    outside.positions += np.random.default_rng(8).integers(-3, 4, (len(outside), 3)) @ outside.cell
    yield "Pd, 256 atoms, some far outside the cell", outside, True
    cluster = disturbed(bulk("Pt", cubic=True) * (4, 4, 4), 9)
    cluster.pbc = False
    yield "Pt, cluster of 256 atoms", cluster, True
    yield "Au, one atom", Atoms("Au", positions=[[1, 2, 3]]), True
    yield "Ni, two atoms", Atoms("Ni2", positions=[[0, 0, 0], [0, 2.2, 0.3]]), True
    for first, second in [("Cu", "Au"), ("Ni", "Al"), ("Pt", "Ag")]:
        yield f"{first}-{second}, disturbed", alloy(first, second, 11), False


def as_text(atoms):
    periodic = all(atoms.pbc)
    numbers = [len(atoms), int(periodic), *map(repr, map(float, np.asarray(atoms.cell).ravel()))]
    for number, position in zip(atoms.numbers, atoms.positions):
        numbers += [int(number), *(repr(float(x)) for x in position)]
    return " ".join(map(str, numbers))


def ours(program, atoms):
    run = subprocess.run([program], input=as_text(atoms), capture_output=True, text=True, check=True)
    values = np.array(run.stdout.split(), dtype=float)
    n = len(atoms)
    if len(values) != 1 + 4 * n + 6:
        sys.exit(f"{program} printed {len(values)} numbers for {n} atoms")
    return {"energy": values[0], "energies": values[1:1 + n], "forces": values[1 + n:1 + 4 * n].reshape(n, 3),
            "stress": values[1 + 4 * n:]}


def theirs(atoms):
    atoms = atoms.copy()
    atoms.calc = EMT()
    stress = atoms.get_stress() if all(atoms.pbc) else np.zeros(6)
    return {"energy": atoms.get_potential_energy(), "energies": atoms.get_potential_energies(),
            "forces": atoms.get_forces(), "stress": stress}


def compare(name, program, atoms, with_energies):
    a, b = ours(program, atoms), theirs(atoms)
    names = [key for key in a if with_energies or key != "energies"]
    differences = {key: float(np.max(np.abs(a[key] - b[key]))) for key in names}
    good = all(difference <= TOLERANCE for difference in differences.values())
    print(f"{'ok    ' if good else 'DIFFER'} {name}: " + ", ".join(f"{k} {d:.1e}" for k, d in differences.items()))
    return good


def main():
    if len(sys.argv) != 2:
        print("usage: compare_with_ase.py EMT_PRINT", file=sys.stderr)
        return 2
    results = [compare(name, sys.argv[1], atoms, with_energies) for name, atoms, with_energies in crystals()]
    print(f"{sum(results)} of {len(results)} agree to {TOLERANCE:g}")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

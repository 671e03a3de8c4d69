#!/bin/sh
# run_edited.sh: comments, white space and new names for files, functions and variables recompute nothing; a changed constant does.
# SPDX-License-Identifier: BSD-2-Clause
#
# sh run_edited.sh EOS EOS_PLAIN, and in the environment TEST_CC, TEST_PLUGIN, TEST_INCLUDE, TEST_MPI_INCLUDE,
# TEST_STORAGE_CFLAGS and TEST_STORAGE_LIBS as for tests/plugin/run.sh.
. "$(dirname "$0")/eos.sh"
sources=$(CDPATH= cd -- "$(dirname "$0")/../../examples/emt" && pwd -P)
OMPI_CC=$TEST_CC MPICH_CC=$TEST_CC
export OMPI_CC MPICH_CC

# build NAME OPTION...: the sources in $scratch/NAME.
build () {
  directory=$scratch/$1
  shift
  # shellcheck disable=SC2086
  mpicc "-fplugin=$TEST_PLUGIN" "-I$TEST_INCLUDE" "-I$TEST_MPI_INCLUDE" $TEST_STORAGE_CFLAGS "$@" "$directory"/*.c -o "$directory/eos" $TEST_STORAGE_LIBS \
    >"$scratch/build.out" 2>&1 || fail "the edited program does not compile"
}

# edited NAME SED_SCRIPT: a copy of the sources, edited.
edited () {
  mkdir "$scratch/$1"
  for file in "$sources"/*.[ch]; do
    sed "$2" "$file" >"$scratch/$1/$(basename "$file")"
  done
}

# has TEXT FILE: the edit that this test relies on has taken place.
has () {
  grep -q -e "$1" "$scratch/$2" || fail "$2 was not edited as it should be: the sources have changed, so change this test"
}

# recomputes NAME NUMBER: the program NAME computes NUMBER points.
recomputes () {
  eos=$scratch/$1/eos
  job "$1" 2 $small || fail "the program failed"
  expect computed "$2" "$1"
  expect uncached 0 "$1"
}

edited original ''
build original -O0
recomputes original $distinct

edited comments '1i\
/* Another comment on top. */\
\
' && sed -i 's/;$/; \/* and here *\//' "$scratch/comments/emt.c"
has '^/\* Another' comments/emt.c
has 'and here' comments/emt.c
build comments -O2 -std=gnu17
recomputes comments 0
same_numbers original comments

edited space 's/^  *//; s/ = /=/g'
has '^return ' space/emt.c
build space -O3 -g3
recomputes space 0
same_numbers original space

edited names 's/\bemt_energy\b/energy_of_a_metal/g; s/\bpair_density\b/pair_dichte/g; s/\bsigma\b/electron_density/g
s/\bemt_table\b/list_of_metals/g; s/\bcrystal->n\b/crystal->number_of_atoms/g; s/\bemt_cutoff_margin\b/margin_of_the_cutoff/g
s/\bstruct term\b/struct contribution/g; s/\bsum_pairs\b/add_up/g; s/\binvert\b/inverse_of/g; s/"emt\.h"/"metals.h"/'
sed -i 's/^  int n;/  int number_of_atoms;/; s/HASHCACHE_COUNT (n)/HASHCACHE_COUNT (number_of_atoms)/' "$scratch/names/crystal.h"
sed -i 's/\.n = n/.number_of_atoms = n/' "$scratch/names/crystal.c"
mv "$scratch/names/emt.h" "$scratch/names/metals.h"
mv "$scratch/names/emt.c" "$scratch/names/energies.c"
has 'energy_of_a_metal (' names/energies.c
has 'int number_of_atoms' names/crystal.h
build names -Os -fPIC
recomputes names 0
same_numbers original names

edited constant 's/^#define EMT_BETA 1\.809 /#define EMT_BETA 1.8090000000000002 /'
has 1.8090000000000002 constant/potential.h
build constant -O2
recomputes constant $distinct

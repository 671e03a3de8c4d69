#!/bin/sh
# setup.sh: makes sure that what hashcache needs is installed: sh cmake/setup.sh example|tests
# SPDX-License-Identifier: BSD-2-Clause
#
# Looks for the commands, headers and libraries themselves, not for packages, so that it is content with whatever brought them.
# What is missing is installed with apt-get by root, or by a user whose sudo asks for no password. Anybody else is told the names
# of the packages, and the script ends with 1. Where nothing is missing nothing is run and the network is not touched.
set -u
purpose=${1:-tests}
compiler=${CC:-gcc}
cmake_wanted=3.25

have () {
  command -v "$1" >/dev/null 2>&1
}

# compiles LINE [FLAG...]: the preprocessor accepts LINE.
compiles () {
  line=$1
  shift
  printf '%s\n' "$line" | $compiler -E -x c "$@" - >/dev/null 2>&1
}

have_cmake () {
  have cmake && cmake --version | awk -v wanted=$cmake_wanted '
    NR == 1 { split ($3, is, "."); split (wanted, least, ".")
              exit ! (is[1] > least[1] || (is[1] == least[1] && is[2] >= least[2])) }'
}

have_plugin_headers () {
  test -f "$($1 -print-file-name=plugin)/include/gcc-plugin.h"
}

# The version of the compiler that apt would install.
packaged_major () {
  have apt-cache && apt-cache depends gcc 2>/dev/null | sed -n 's/^ *Depends: gcc-\([0-9]*\)$/\1/p'
}

have_hdf5 () {
  test -n "${HDF5_ROOT:-}" || pkg-config --exists hdf5-serial 2>/dev/null || pkg-config --exists hdf5 2>/dev/null || have h5cc
}

have_xxhash () {
  compiles '#include <xxhash.h>' $(pkg-config --cflags libxxhash 2>/dev/null)
}

# Libraries that tests use where they are installed.
have_header () {
  compiles "#include <$1>"
}

# Python's views of HDF5 files, of the distribution's own Python; the tests do without.
have_h5py () {
  for python in python3 /usr/bin/python3; do
    $python -c 'import h5py, xarray, h5netcdf' 2>/dev/null && return 0
  done
  return 1
}

have_cmocka () {
  compiles '#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>' $(pkg-config --cflags cmocka 2>/dev/null)
}

# The fuzzer of clang, for the processors that everybody has it for; the tests do with one of our own.
have_libfuzzer () {
  echo 'int LLVMFuzzerTestOneInput (const char *input, long n) { return input && n > 9; }' |
    clang -x c -fsanitize=fuzzer,address,undefined - -o /dev/null 2>/dev/null
}

clang_major () {
  have apt-cache && apt-cache depends clang 2>/dev/null | sed -n 's/^ *Depends: clang-\([0-9]*\)$/\1/p'
}

libfuzzer_is_to_be_had () {
  case $(uname -m) in
    x86_64 | aarch64) to_be_had "libclang-rt-$(clang_major)-dev" ;;
    *) false ;;
  esac
}

# GCC 11 is tested as well where the distribution has it.
gcc_11_is_to_be_had () {
  have gcc-11 || { have apt-cache && apt-cache show gcc-11-plugin-dev >/dev/null 2>&1; }
}

have_gcc_11 () {
  have gcc-11 && have g++-11 && have_plugin_headers gcc-11
}

# Random programs for the plugin, where the distribution has what makes them; the tests do with fewer without.
csmith_is_to_be_had () {
  have csmith || { have apt-cache && apt-cache show libcsmith-dev >/dev/null 2>&1; }
}

have_csmith () {
  have csmith && compiles '#include <csmith.h>' -I/usr/include/csmith
}

# Programs are run under both MPIs where the distribution has them side by side; the tests do with one.
mpich_is_to_be_had () {
  have mpirun.mpich || { have apt-cache && apt-cache show libmpich-dev >/dev/null 2>&1; }
}

have_mpich () {
  have mpirun.mpich && have mpicc.mpich
}

# Packages of the distribution; for what simulated nodes and their file systems are made of, which only root can make.
to_be_had () {
  have apt-cache && apt-cache show "$1" >/dev/null 2>&1
}

# Parallel HDF5 beside the serial one, for programs that have files of their own; the tests do without.
parallel_hdf5_is_to_be_had () {
  pkg-config --exists hdf5-openmpi 2>/dev/null || { have apt-cache && apt-cache show libhdf5-openmpi-dev >/dev/null 2>&1; }
}

have_parallel_hdf5 () {
  pkg-config --exists hdf5-openmpi 2>/dev/null
}

# A batch system, which a test runs for itself; the tests do without.
slurm_is_to_be_had () {
  have_slurm || { have apt-cache && apt-cache show slurm-wlm >/dev/null 2>&1; }
}

have_slurm () {
  (PATH=$PATH:/usr/sbin && have slurmctld && have slurmd && have srun && have munged)
}

# lack APT DNF SPACK: packages to be installed, under their names in the three worlds (empty: none).
lack () {
  apt=$(union "$apt" $1)
  dnf=$(union "$dnf" $2)
  spack=$(union "$spack" $3)
}

# union LIST WORD...: LIST and those words that are not in it yet, each after a space.
union () {
  list=$1
  shift
  for word; do
    case "$list " in
      *" $word "*) ;;
      *) list="$list $word" ;;
    esac
  done
  printf '%s' "$list"
}

look () {
  apt= dnf= spack=
  if [ -n "${CC:-}" ]; then
    have $compiler || lack "$CC" gcc gcc
  else
    have gcc && have g++ || lack 'gcc g++' 'gcc gcc-c++' gcc
  fi
  if have $compiler; then
    major=$($compiler -dumpversion | cut -d. -f1)
    have_plugin_headers "$compiler" || lack "gcc-$major-plugin-dev" gcc-plugin-devel gcc
    have "g++-$major" || have g++ || lack "g++-$major" gcc-c++ gcc
  elif [ -n "$(packaged_major)" ]; then
    lack "gcc-$(packaged_major)-plugin-dev" gcc-plugin-devel gcc
  fi
  have_cmake || lack cmake cmake "cmake@$cmake_wanted:"
  have ninja || have make || lack ninja-build ninja-build ninja
  have pkg-config || lack pkg-config pkgconf-pkg-config pkgconf
  have_hdf5 || lack libhdf5-dev hdf5-devel hdf5
  have h5dump || lack hdf5-tools hdf5 hdf5
  have_xxhash || lack libxxhash-dev xxhash-devel xxhash
  have mpicc && have mpirun || lack 'libopenmpi-dev openmpi-bin' openmpi-devel openmpi
  if [ "$purpose" = tests ]; then
    have_cmocka || lack libcmocka-dev libcmocka-devel cmocka
    have_header cblas.h || lack libopenblas-dev openblas-devel openblas
    have_header gsl/gsl_linalg.h || lack libgsl-dev gsl-devel gsl
    have_header fftw3.h || lack libfftw3-dev fftw-devel fftw
    have valgrind || lack valgrind valgrind valgrind
    have python3 || lack python3 python3 python
    have_h5py || ! to_be_had python3-h5netcdf || lack 'python3-h5py python3-xarray python3-h5netcdf' '' ''
    ls /usr/lib/*/hdf5/serial/plugins/libH5Zblosc.so >/dev/null 2>&1 || ! to_be_had hdf5-filter-plugin \
      || lack 'hdf5-filter-plugin hdf5-filter-plugin-blosc-serial' '' ''
    have_libfuzzer || ! libfuzzer_is_to_be_had || lack "clang libclang-rt-$(clang_major)-dev" '' ''
    if csmith_is_to_be_had; then
      have_csmith || lack 'csmith libcsmith-dev' '' ''
    fi
    if mpich_is_to_be_had; then
      have_mpich || lack 'mpich libmpich-dev' '' ''
    fi
    if [ "$(id -u)" -eq 0 ]; then
      have ip || ! to_be_had iproute2 || lack iproute2 iproute ''
      have bindfs || ! to_be_had bindfs || lack bindfs '' ''
      have glusterd || ! to_be_had glusterfs-server || lack glusterfs-server '' ''
    fi
    if parallel_hdf5_is_to_be_had; then
      have_parallel_hdf5 || lack libhdf5-openmpi-dev '' ''
    fi
    if slurm_is_to_be_had; then
      have_slurm || lack 'slurm-wlm munge' '' ''
    fi
    have spin || ! to_be_had spin || lack spin '' ''
    have clang-format || lack clang-format clang-tools-extra llvm
    have ccache || lack ccache ccache ccache
    if gcc_11_is_to_be_had; then
      have_gcc_11 || lack 'gcc-11 g++-11 gcc-11-plugin-dev' '' gcc@11
    fi
  fi
  test -z "$apt"
}

as_root () {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -n "$@"
  fi
}

may_install () {
  have apt-get && { [ "$(id -u)" -eq 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }
}

install () {
  echo "Installing:$apt" >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install $apt >&2
}

give_up () {
  {
    echo "Missing for this: please install, for your distribution,"
    echo "  apt-get install$apt"
    echo "  dnf install$dnf"
    echo "  spack install$spack"
    echo "or, where they are installed already, make them known through PATH, PKG_CONFIG_PATH, CPATH and LIBRARY_PATH."
  } >&2
  exit 1
}

# The plugin headers' package has the compiler's version in its name, so without a compiler or package lists it takes two rounds.
look && exit 0
may_install || give_up
as_root apt-get -qq update >&2 || echo "apt-get update failed; trying with the package lists that are there" >&2
for round in 1 2 3; do
  install || give_up
  look && exit 0
done
give_up

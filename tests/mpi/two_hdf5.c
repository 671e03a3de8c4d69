/* two_hdf5.c: a program that writes its own files with parallel HDF5, while the runtime uses the serial one.
   SPDX-License-Identifier: BSD-2-Clause

     two_hdf5 LOG FILE

   The ranks compute the rows of a table by a cached function, whose bodies append a line to LOG, and write the table to FILE together,
   each rank its own rows. This file is compiled with the headers of parallel HDF5, two_hdf5_runtime.c with those of the serial one.
   The status is 0 if all values were right, and FILE can be read back. */
#include <hashcache.h>
#include <hdf5.h>
#include <mpi.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef H5_HAVE_PARALLEL
#error "this file needs the headers of parallel HDF5"
#endif

int attach_all_ranks (void); /* two_hdf5_runtime.c */

enum { COLUMNS = 64 };

static HASHCACHE_IGNORE int log_file;

HASHCACHE HASHCACHE_ALLOW ("*") void row (HASHCACHE_OUT double values[COLUMNS], int i)
{
  char line[32];
  const int n = snprintf (line, sizeof line, "row %d\n", i);

  if (write (log_file, line, (size_t) n) != n)
    abort ();
  for (int j = 0; j < COLUMNS; j++)
    values[j] = 1000.0 * i + j;
}

static int
is_right (const double *values, int i)
{
  for (int j = 0; j < COLUMNS; j++)
    if (values[j] != 1000.0 * i + j)
      return 0;
  return 1;
}

/* Makes FILE, for all ranks together. */
static hid_t
create_together (const char *file)
{
  const hid_t access = H5Pcreate (H5P_FILE_ACCESS);
  hid_t id = -1;

  if (H5Pset_fapl_mpio (access, MPI_COMM_WORLD, MPI_INFO_NULL) >= 0)
    id = H5Fcreate (file, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Pclose (access);
  return id;
}

/* Writes VALUES as row RANK of RANKS, or reads them from there. */
static int
transfer (hid_t set, int rank, double *values, int writes)
{
  const hsize_t start[2] = { (hsize_t) rank, 0 }, size[2] = { 1, COLUMNS };
  const hid_t memory = H5Screate_simple (2, size, NULL), space = H5Dget_space (set), how = H5Pcreate (H5P_DATASET_XFER);
  herr_t done;

  H5Sselect_hyperslab (space, H5S_SELECT_SET, start, NULL, size, NULL);
  H5Pset_dxpl_mpio (how, H5FD_MPIO_COLLECTIVE);
  done = writes ? H5Dwrite (set, H5T_NATIVE_DOUBLE, memory, space, how, values)
                : H5Dread (set, H5T_NATIVE_DOUBLE, memory, space, how, values);
  H5Pclose (how);
  H5Sclose (space);
  H5Sclose (memory);
  return done >= 0;
}

/* All ranks write their rows, and read those of their neighbours. */
static int
write_together (const char *name, int rank, int ranks, double *values)
{
  const hsize_t size[2] = { (hsize_t) ranks, COLUMNS };
  const hid_t file = create_together (name), space = H5Screate_simple (2, size, NULL);
  const hid_t set = H5Dcreate2 (file, "table", H5T_IEEE_F64LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  const int next = (rank + 1) % ranks;
  int right = transfer (set, rank, values, 1);

  H5Fflush (file, H5F_SCOPE_GLOBAL);
  MPI_Barrier (MPI_COMM_WORLD);
  memset (values, 0, COLUMNS * sizeof *values);
  right = right && transfer (set, next, values, 0) && is_right (values, next);
  H5Dclose (set);
  H5Sclose (space);
  return H5Fclose (file) >= 0 && right;
}

int
main (int argc, char *argv[])
{
  double values[COLUMNS] = { 0.0 };
  int rank, ranks, wrong = 0;

  if (argc != 3)
    return 2;
  MPI_Init (&argc, &argv);
  MPI_Comm_rank (MPI_COMM_WORLD, &rank);
  MPI_Comm_size (MPI_COMM_WORLD, &ranks);
  log_file = open (argv[1], O_WRONLY | O_APPEND | O_CREAT, 0666);
  wrong += attach_all_ranks () != 0;
  for (int i = 0; i < ranks; i++) { /* all ask for all, before the file is opened */
    row (values, i);
    wrong += !is_right (values, i);
  }
  row (values, rank);
  wrong += !write_together (argv[2], rank, ranks, values);
  for (int i = ranks; i < 2 * ranks; i++) { /* and after it was closed */
    row (values, i);
    wrong += !is_right (values, i);
  }
  MPI_Finalize ();
  return wrong != 0;
}

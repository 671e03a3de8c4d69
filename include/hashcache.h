/* hashcache.h: a call whose result is already known is not run.
   SPDX-License-Identifier: BSD-2-Clause

   Write HASHCACHE before an expensive function and compile with gcc -fplugin=hashcache:

     #define HASHCACHE_IMPLEMENTATION // in one C file of the program
     #include <hashcache.h>

     HASHCACHE double norm (int n, const double x[n]);

   From then on a call of norm with the same values of n and x, in this process or any other that uses the same cache directory,
   restores its result instead of computing it, as long as the code of norm and of all that it calls means the same.

   Including this file any number of times, in any number of C11 and C++17 files, gives the annotations (annotations.h) and the
   functions below. Exactly one C file of a program defines HASHCACHE_IMPLEMENTATION before it and so carries the runtime; the
   program is then linked with -lhdf5 -lxxhash -lpthread -lm (pkg-config --libs hashcache). A program that forgets it, but has
   marked functions compiled with the plugin, fails to link, and the missing symbol says what to do.

   No function here ever ends the program, prints to stdout or changes errno. All may be called by several threads at once. */
#ifndef HASHCACHE_H
#define HASHCACHE_H

#include "hashcache/annotations.h"
#include "hashcache/around.h"
#include "hashcache/counters.h"
#include "hashcache/errors.h"
#include "hashcache/version.h"
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes a setting of this process from now on.

   NAME    an environment variable of hashcache, with or without its HASHCACHE_: "DIR", "MODE", "VERBOSE", "MEMORY", "WAIT",
           "STATS", "LIBS", "CHECK", "TOLERANCE".
   VALUE   what one would write into that variable: "off", "256M", "0.5" (seconds). NULL or "" takes back what hashcache_set has
           said, so that the environment or the default holds again. Both strings are copied.

   Returns HASHCACHE_OK; HASHCACHE_BAD_ARGUMENT if NAME is NULL; HASHCACHE_UNKNOWN_NAME; HASHCACHE_BAD_VALUE, and the setting
   stays as it was; HASHCACHE_NO_MEMORY. Calls of marked functions that are under way go on with the settings they began with.

     hashcache_set ("DIR", "/scratch/project/hashcache"); */
int hashcache_set (const char *name, const char *value);

/* Copies into STATISTICS what the cache has done in this process so far: see counters.h for each figure. Times are in seconds of
   wall time; of marked functions that call each other only the outermost computation counts. While other threads call marked
   functions the figures need not belong to the same moment. Returns HASHCACHE_OK, or HASHCACHE_BAD_ARGUMENT for NULL.

     struct hashcache_statistics s;
     if (hashcache_stats (&s) == HASHCACHE_OK)
       printf ("%llu computed\n", (unsigned long long) s.computed); */
int hashcache_stats (struct hashcache_statistics *statistics);

/* Stores an array under the digest of its element type, dimensions and content, without any function: what has the same digest is
   stored once.

   TYPE    of the elements: "int8" to "int64", "uint8" to "uint64", "float", "double", "float complex" or "double complex".
   N_DIMS  number of dimensions, 0 (a single element) to 8.
   DIMS    N_DIMS numbers of elements, the slowest first as in C. May be NULL if N_DIMS is 0.
   DATA    the elements, one behind the other.
   ID      takes HASHCACHE_ID_SIZE characters: 32 hexadecimal digits and a NUL, by which hashcache_load finds the array. They depend
           on the array alone, not on the process, the machine's name or the time.

   Returns HASHCACHE_OK if the array is in the cache directory now; HASHCACHE_BAD_ARGUMENT if an argument is NULL that must not be, TYPE is
   none of these, or the dimensions cannot be; HASHCACHE_NOT_STORED, with ID filled in, if HASHCACHE_MODE is off or readonly or the
   directory cannot be written.

     char id[HASHCACHE_ID_SIZE];
     size_t dims[] = { ny, nx };
     if (hashcache_dump ("double", 2, dims, field, id) == HASHCACHE_OK)
       printf ("%s\n", id); */
#define HASHCACHE_ID_SIZE 33
int hashcache_dump (const char *type, int n_dims, const size_t *dims, const void *data, char *id);

/* Reads the array ID, which must have the given TYPE and dimensions (as for hashcache_dump), into DATA. Every byte is verified. Returns
   HASHCACHE_OK; HASHCACHE_BAD_ARGUMENT as above, or if ID is no identifier; HASHCACHE_NOT_FOUND if there is no such array, it is damaged,
   or HASHCACHE_MODE is off: what DATA holds then is undefined. */
int hashcache_load (const char *id, const char *type, int n_dims, const size_t *dims, void *data);

/* Frees the results that this process keeps in memory (HASHCACHE_MEMORY). The cache directory still has them. */
void hashcache_drop_memory (void);

/* The text of an error of these functions, for people: a string of static storage, never NULL. */
const char *hashcache_strerror (int error);

#ifdef __cplusplus
}
#endif

#endif

/* Outside the guard: a header may have included this file before the C file that carries the runtime does. */
#if defined HASHCACHE_IMPLEMENTATION && !defined HASHCACHE_IMPLEMENTATION_H
#ifdef __cplusplus
#error "hashcache: define HASHCACHE_IMPLEMENTATION in a C file of the program, not in a C++ file"
#else
#include "hashcache/implementation.h"
#endif
#endif

/* errors.h: the errors that public functions return, in one list.
   SPDX-License-Identifier: BSD-2-Clause

   Faults of the cache itself are never errors of the program: they are counted and said on stderr, and the call is computed. */
#ifndef HASHCACHE_ERRORS_H
#define HASHCACHE_ERRORS_H

/* X (name, number, text): numbers are part of the interface and never change. */
#define HASHCACHE_ERRORS(X) \
  X (HASHCACHE_OK, 0, "no error") \
  X (HASHCACHE_BAD_ARGUMENT, 1, "an argument is NULL that must not be") \
  X (HASHCACHE_UNKNOWN_NAME, 2, "no setting has this name") \
  X (HASHCACHE_BAD_VALUE, 3, "the setting cannot have this value; it keeps the one it had") \
  X (HASHCACHE_NOT_YET, 4, "this value is not implemented in this version; caching is switched off") \
  X (HASHCACHE_NO_MEMORY, 5, "out of memory") \
  X (HASHCACHE_NOT_FOUND, 6, "nothing of this name, type and shape is stored") \
  X (HASHCACHE_NOT_STORED, 7, "it could not be stored") \
  X (HASHCACHE_MPI_FAILED, 8, "MPI is not initialised, is finalised already, or failed")

enum hashcache_error {
#define HASHCACHE__ERROR_MEMBER(name, number, text) name = number,
  HASHCACHE_ERRORS (HASHCACHE__ERROR_MEMBER)
#undef HASHCACHE__ERROR_MEMBER
};

#endif

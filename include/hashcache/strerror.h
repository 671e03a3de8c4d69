/* strerror.h: the texts of the errors.
   SPDX-License-Identifier: BSD-2-Clause

   Defines the public hashcache_strerror. */
#ifndef HASHCACHE_STRERROR_H
#define HASHCACHE_STRERROR_H

#include "errors.h"

const char *hashcache_strerror (int error);

const char *
hashcache_strerror (int error)
{
  switch (error) {
#define HASHCACHE__ERROR_CASE(name, number, text) \
  case number: return text;
    HASHCACHE_ERRORS (HASHCACHE__ERROR_CASE)
#undef HASHCACHE__ERROR_CASE
  default: return "unknown error";
  }
}

#endif

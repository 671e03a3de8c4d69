/* allocate.h: memory or nothing.
   SPDX-License-Identifier: BSD-2-Clause

   A calculation that runs out of memory has no result. It ends the program rather than return something that looks like one. */
#ifndef EMT_ALLOCATE_H
#define EMT_ALLOCATE_H

#include <stdint.h>
#include <stdlib.h>

/* Room for n elements of size bytes, to be freed with free. Aborts if there is none. */
static inline void *
allocate (size_t n, size_t size)
{
  if (n > SIZE_MAX / size)
    abort ();
  void *memory = malloc (n * size > 0 ? n * size : 1);
  if (memory == NULL)
    abort ();
  return memory;
}

#endif

/* allocation.h: whether an address is the beginning of memory that malloc has given out, and how much of it there is.
   SPDX-License-Identifier: BSD-2-Clause

   A hit allocates what the call has left allocated, and the program will hand it to free and realloc. So memory counts only if
   it can be told for certain where it begins. AddressSanitizer and valgrind know; glibc keeps the size before each piece, and where
   that fits to what is kept before the next piece it is one. Any other allocator keeps such things to itself: then nothing is
   certain. The address may be any: memory is looked at through the kernel, which minds what is not there. */
#ifndef HASHCACHE_ALLOCATION_H
#define HASHCACHE_ALLOCATION_H

#include "libraries.h"
#include "objects.h"
#include "posix.h"
#include <limits.h>
#include <stdint.h>
#include <sys/uio.h>

ssize_t hashcache__read_process (pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long,
                                 unsigned long) __asm__("process_vm_readv");
extern size_t hashcache__usable_size (void *) __asm__("malloc_usable_size");

enum { HASHCACHE__HEAP_UNKNOWN = 1, HASHCACHE__HEAP_GLIBC = 2, HASHCACHE__HEAP_SANITIZER = 3, HASHCACHE__HEAP_VALGRIND = 4 };

static int
hashcache__meet_valgrind (struct hashcache__headers *object, size_t size, void *data)
{
  (void) size;
  (void) data;
  return object->name && strstr (object->name, "/vgpreload_") != NULL;
}

static int
hashcache__find_heap (void)
{
  const char *file;
  void *base;

  if (hashcache__dlsym (NULL, "__sanitizer_get_ownership") && hashcache__dlsym (NULL, "__sanitizer_get_allocated_size"))
    return HASHCACHE__HEAP_SANITIZER;
  if (hashcache__iterate_headers (hashcache__meet_valgrind, NULL))
    return HASHCACHE__HEAP_VALGRIND;
  file = hashcache__object_of (hashcache__dlsym (NULL, "malloc"), &base);
  return file && hashcache__begins (hashcache__last_name (file), "libc.so") ? HASHCACHE__HEAP_GLIBC : HASHCACHE__HEAP_UNKNOWN;
}

/* Which allocator the process has. */
static int
hashcache__heap (void)
{
  static int known; /* atomic; 0 until it is */
  int heap = __atomic_load_n (&known, __ATOMIC_RELAXED);

  if (heap == 0) {
    heap = hashcache__find_heap ();
    __atomic_store_n (&known, heap, __ATOMIC_RELAXED);
  }
  return heap;
}

/* Copies N bytes AT any address TO ours; 0, or -1 if they cannot be read. */
static int
hashcache__peek (uintptr_t at, void *to, size_t n)
{
  const struct iovec local = { to, n }, remote = { (void *) at, n }; /* NOLINT: an address */

  return hashcache__read_process (getpid (), &local, 1, &remote, 1, 0) == (ssize_t) n ? 0 : -1;
}

/* The same for ADDRESS under glibc, whose pieces are preceded by their size with three flags in its lowest bits. */
static size_t
hashcache__glibc_size (uintptr_t address)
{
  enum { IN_USE = 1, MAPPED = 2, FLAGS = 7, WORD = sizeof (size_t) };
  const uintptr_t chunk = address - 2 * WORD;
  size_t head, next, size, byte;

  if (address % (2 * WORD) != 0 || address < 4 * WORD || hashcache__peek (chunk + WORD, &head, WORD) != 0)
    return 0;
  size = head & ~(size_t) FLAGS;
  if (size < 4 * WORD || size % (2 * WORD) != 0 || size > (size_t) PTRDIFF_MAX)
    return 0;
  if (head & MAPPED) {
    size_t before;

    if (hashcache__peek (chunk, &before, WORD) != 0 || (chunk - before) % 4096 != 0 || (before + size) % 4096 != 0
        || hashcache__peek (chunk + size - 1, &byte, 1) != 0)
      return 0;
    return size - 2 * WORD;
  }
  if (hashcache__peek (chunk + size + WORD, &next, WORD) != 0 || !(next & IN_USE) || (next & ~(size_t) FLAGS) < 2 * WORD
      || (next & ~(size_t) FLAGS) % (2 * WORD) != 0 || (next & ~(size_t) FLAGS) > (size_t) PTRDIFF_MAX)
    return 0;
  return size - WORD;
}

static size_t
hashcache__sanitizer_size (const void *address)
{
  int (*owned) (const void *);
  size_t (*size) (const void *);
  void *function = hashcache__dlsym (NULL, "__sanitizer_get_ownership");

  memcpy (&owned, &function, sizeof owned);
  function = hashcache__dlsym (NULL, "__sanitizer_get_allocated_size");
  memcpy (&size, &function, sizeof size);
  return owned (address) ? size (address) : 0;
}

/* How many bytes there are for the program at ADDRESS, if malloc or one of its kind has given out that address; else 0. */
static size_t
hashcache__allocated_size (void *address)
{
  switch (hashcache__heap ()) {
  case HASHCACHE__HEAP_GLIBC: return hashcache__glibc_size ((uintptr_t) address);
  case HASHCACHE__HEAP_SANITIZER: return hashcache__sanitizer_size (address);
  case HASHCACHE__HEAP_VALGRIND: return hashcache__usable_size (address);
  default: return 0;
  }
}

/* What to align memory to that takes the place of ADDRESS: vector instructions may rely on what the body has asked for. */
static size_t
hashcache__alignment_of (uintptr_t address)
{
  size_t alignment = 16;

  while (alignment < 4096 && address % (2 * alignment) == 0)
    alignment *= 2;
  return alignment;
}

int hashcache__aligned_memory (void **memory, size_t alignment, size_t size) __asm__("posix_memalign");

/* SIZE bytes of 0, aligned to ALIGNMENT, for the program to free; NULL if there are none. Not all of them are restored: a pointer that
   is ignored is a NULL then, which free takes. */
static void *
hashcache__allocate (size_t size, size_t alignment)
{
  void *memory = NULL;

  if (alignment <= 16)
    return calloc (1, size > 0 ? size : 1);
  return hashcache__aligned_memory (&memory, alignment, size > 0 ? size : 1) == 0 ? memset (memory, 0, size) : NULL;
}

#endif

/* allocation.h: whether an address is the beginning of memory that malloc has given out, and how much of it there is.
   SPDX-License-Identifier: BSD-2-Clause

   A hit allocates what the call has left allocated, and the program will hand it to free and realloc. So memory counts only if
   it can be told for certain where it begins. AddressSanitizer and valgrind know; glibc keeps the size before each piece, which
   any data may look like. So an address counts only if it is met on the way from the beginning of the heap from piece to piece. Any
   other allocator keeps such things to itself: then nothing is certain. The address may be any: memory is looked at through the
   kernel, which minds what is not there. */
#ifndef HASHCACHE_ALLOCATION_H
#define HASHCACHE_ALLOCATION_H

#include "libraries.h"
#include "objects.h"
#include "posix.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Under glibc a piece is preceded by its size, with three flags in its lowest bits. */
enum { HASHCACHE__IN_USE = 1, HASHCACHE__MAPPED = 2, HASHCACHE__OTHER_ARENA = 4, HASHCACHE__FLAGS = 7 };

/* The way through a heap, from piece to piece. Landmarks are pieces on the way, some distance apart, so that the next search need not
   begin at the beginning. */
struct hashcache__heap_walk {
  uintptr_t begin;      /* of the heap that the landmarks are in */
  uintptr_t *landmarks; /* malloc'ed */
  size_t n, capacity;
  uintptr_t window; /* what of the memory is in BYTES */
  size_t in_window;
  unsigned char bytes[8192];
};

/* The size of the piece AT, 0 if it cannot be one. */
static size_t
hashcache__piece_size (struct hashcache__heap_walk *walk, uintptr_t at)
{
  enum { WORD = sizeof (size_t) };
  size_t head;

  if (at < walk->window || at - walk->window > walk->in_window || walk->in_window - (at - walk->window) < 2 * WORD) {
    const uintptr_t page = at & ~(uintptr_t) 4095;

    walk->window = at;
    walk->in_window = (size_t) (page + sizeof walk->bytes - at);
    if (hashcache__peek (at, walk->bytes, walk->in_window) != 0) {
      walk->in_window = 2 * WORD;
      if (hashcache__peek (at, walk->bytes, walk->in_window) != 0) {
        walk->in_window = 0;
        return 0;
      }
    }
  }
  memcpy (&head, walk->bytes + (at - walk->window) + WORD, sizeof head);
  head &= ~(size_t) HASHCACHE__FLAGS;
  return head < 4 * WORD || head % (2 * WORD) != 0 || head > (size_t) PTRDIFF_MAX ? 0 : head;
}

static void
hashcache__add_landmark (struct hashcache__heap_walk *walk, uintptr_t at)
{
  enum { APART = 1 << 15 };

  if (walk->n > 0 && at - walk->landmarks[walk->n - 1] < APART)
    return;
  if (walk->n == walk->capacity) {
    const size_t capacity = 2 * walk->capacity + 64;
    uintptr_t *landmarks = realloc (walk->landmarks, capacity * sizeof *landmarks);

    if (!landmarks)
      return;
    walk->landmarks = landmarks;
    walk->capacity = capacity;
  }
  walk->landmarks[walk->n++] = at;
}

/* Whether the way from the piece at FIRST leads to the piece at CHUNK. */
static int
hashcache__leads_to (struct hashcache__heap_walk *walk, uintptr_t first, uintptr_t chunk)
{
  uintptr_t at = first;
  size_t size;

  walk->in_window = 0;
  while (at < chunk && (size = hashcache__piece_size (walk, at)) > 0) {
    if (walk->n == 0 || at > walk->landmarks[walk->n - 1])
      hashcache__add_landmark (walk, at);
    at += size;
  }
  return at == chunk;
}

/* The landmark before CHUNK, 0 if there is none. */
static uintptr_t
hashcache__landmark_before (const struct hashcache__heap_walk *walk, uintptr_t chunk)
{
  size_t low = 0, high = walk->n;

  while (low < high) {
    const size_t middle = low + (high - low) / 2;

    if (walk->landmarks[middle] <= chunk)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? walk->landmarks[low - 1] : 0;
}

/* Whether CHUNK is a piece of the heap whose first one is at FIRST. */
static int
hashcache__is_piece_behind (struct hashcache__heap_walk *walk, uintptr_t first, uintptr_t chunk)
{
  uintptr_t landmark;

  if (chunk < first)
    return 0;
  if (walk->begin == first && (landmark = hashcache__landmark_before (walk, chunk)) != 0
      && hashcache__leads_to (walk, landmark, chunk))
    return 1;
  walk->begin = first;
  walk->n = 0; /* other threads may have changed what lay between */
  return hashcache__leads_to (walk, first, chunk);
}

/* Where the heap that grows by brk begins; 0 if that is not known. */
static uintptr_t
hashcache__find_brk_heap (void)
{
  char line[512];
  unsigned long begin;
  uintptr_t found = 0;
  FILE *maps = fopen ("/proc/self/maps", "re");

  while (maps && !found && fgets (line, sizeof line, maps))
    if (strstr (line, " [heap]") && sscanf (line, "%lx-", &begin) == 1)
      found = begin;
  if (maps)
    fclose (maps);
  return found;
}

static uintptr_t
hashcache__brk_heap (void)
{
  static uintptr_t known; /* atomic; 0 until it is */
  uintptr_t heap = __atomic_load_n (&known, __ATOMIC_RELAXED);

  if (heap == 0) {
    heap = hashcache__find_brk_heap ();
    __atomic_store_n (&known, heap, __ATOMIC_RELAXED);
  }
  return heap;
}

/* Whether CHUNK is a piece of one of the heaps that glibc keeps for threads. Each lies at a multiple of their greatest size and begins
   with a header of four words, or six in newer versions; in the first one of an arena what the arena itself takes follows. Where a
   version has other sizes the way leads nowhere. */
static int
hashcache__is_piece_of_thread (struct hashcache__heap_walk *walk, uintptr_t chunk)
{
  enum { ARENA = 2200 };
  const uintptr_t heap = chunk & ~(((uintptr_t) 1 << 26) - 1);
  uintptr_t arena;

  if (sizeof (void *) != 8 || hashcache__peek (heap, &arena, sizeof arena) != 0)
    return 0;
  if (arena > heap && arena <= heap + 256)
    return hashcache__is_piece_behind (walk, (arena + ARENA + 15) & ~(uintptr_t) 15, chunk);
  return hashcache__is_piece_behind (walk, heap + 32, chunk) || hashcache__is_piece_behind (walk, heap + 48, chunk);
}

/* Whether CHUNK, whose word before is HEAD, is a piece of a heap. */
static int
hashcache__is_piece (struct hashcache__heap_walk *walk, uintptr_t chunk, size_t head)
{
  const uintptr_t heap = hashcache__brk_heap ();

  if (head & HASHCACHE__OTHER_ARENA)
    return hashcache__is_piece_of_thread (walk, chunk);
  return heap && hashcache__is_piece_behind (walk, heap, chunk);
}

/* Bytes that the program has at ADDRESS, if glibc's malloc has given it out; else 0. */
static size_t
hashcache__glibc_size (struct hashcache__heap_walk *walk, uintptr_t address)
{
  enum { IN_USE = HASHCACHE__IN_USE, MAPPED = HASHCACHE__MAPPED, FLAGS = HASHCACHE__FLAGS, WORD = sizeof (size_t) };
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
  return hashcache__is_piece (walk, chunk, head) ? size - WORD : 0;
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

/* How many bytes there are for the program at ADDRESS, if malloc or one of its kind has given out that address; else 0. WALK is all 0 at
   first, and its landmarks are to be freed; it is for one time, at which nothing is freed. */
static size_t
hashcache__allocated_size (struct hashcache__heap_walk *walk, void *address)
{
  switch (hashcache__heap ()) {
  case HASHCACHE__HEAP_GLIBC: return hashcache__glibc_size (walk, (uintptr_t) address);
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
   is ignored is a NULL then, which free takes. The C library maps what is larger than 32 MiB, and the kernel gives it zeros. */
static void *
hashcache__allocate (size_t size, size_t alignment)
{
  const size_t mapped = (size_t) 64 << 20;
  void *memory = NULL;

  if (alignment <= 16)
    return calloc (1, size > 0 ? size : 1);
  return hashcache__aligned_memory (&memory, alignment, size > 0 ? size : 1) == 0 ? memset (memory, 0, size < mapped ? size : 0)
                                                                                  : NULL;
}

#endif

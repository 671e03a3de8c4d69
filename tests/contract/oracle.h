/* oracle.h: what a program of this directory does, told by the program itself and not by hashcache.
   SPDX-License-Identifier: BSD-2-Clause

   A case registers each piece of memory that a call can see (a block), calls, and shows the blocks before and after:

     ORACLE_CASE (scale)
     {
       double *x = oracle_numbers ("x", 6, 1);         // the same in all runs
       double *y = oracle_unset ("y", 6, sizeof *y);   // garbage, another in each run
       oracle_show ("before");
       ORACLE_VALUE (scale (6, x, y));
       oracle_show ("after");
     }

   All cases of a program run twice in each process. What is shown is the same in every run of a program, with hashcache and
   without, or hashcache can be told from the calls that it replaces: bytes of value in hexadecimal, `~' for a scalar that
   still holds this run's garbage, pointers by the block that they lead to. Padding is never shown. Blocks that the case made
   are exactly as long as asked for, so that AddressSanitizer sees who writes beyond; what the call allocated (oracle_fresh) is
   resized with realloc and freed when the case ends.

   The environment says how: ORACLE_GARBAGE is a number, another in each run; ORACLE_STATISTICS a file that gets a line a case
   with what hashcache did, see oracle.py. Arguments of the program are the cases to run, all if there are none. */
#ifndef ORACLE_H
#define ORACLE_H

#include <hashcache.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Until annotations.h has them. */
#ifndef HASHCACHE_RETURNS
#define HASHCACHE_RETURNS(...)
#endif
#ifndef HASHCACHE_IF
#define HASHCACHE_IF(...)
#endif
#ifndef HASHCACHE_VERSION
#define HASHCACHE_VERSION(...)
#endif
#ifndef HASHCACHE_MEMBER
#define HASHCACHE_MEMBER(...)
#endif

#pragma weak hashcache_stats /* a program without the plugin is without the runtime as well */

enum { ORACLE_BLOCKS = 256, ORACLE_CASES = 1024 };

/* One scalar of an element: SIZE bytes of value, or a pointer. */
struct oracle_scalar {
  size_t offset, size;
  int pointer;
};

/* Layout of a struct for oracle_layout: { ORACLE_FIELD (struct s, x), ORACLE_LINK (struct s, next) }. */
#define ORACLE_FIELD(type, field) \
  { \
    offsetof (type, field), sizeof (((type *) 0)->field), 0 \
  }
#define ORACLE_LINK(type, field) \
  { \
    offsetof (type, field), sizeof (void *), 1 \
  }

enum oracle_owner { ORACLE_CASE_OWNS, ORACLE_CALL_ALLOCATED, ORACLE_PROGRAM_OWNS };

struct oracle_block {
  const char *label;
  unsigned char *start, *garbage; /* GARBAGE: a copy of what was there at first; NULL if that was no garbage */
  size_t count, size;             /* elements, bytes of one */
  const struct oracle_scalar *layout;
  size_t n_scalars; /* 0: an element is one scalar */
  enum oracle_owner owner;
  int number; /* of an allocated one, in the order met */
  int hidden;
};

struct oracle_case {
  const char *name;
  void (*run) (void);
};

static struct {
  struct oracle_case cases[ORACLE_CASES];
  struct oracle_block blocks[ORACLE_BLOCKS];
  int n_cases, n_blocks, n_allocated;
  uint64_t garbage;               /* this round's seed */
  const char *expected, *message; /* of hashcache: what becomes of the calls of this case, and what it says */
} oracle;

__attribute__ ((unused)) static void
oracle_add_case (const char *name, void (*run) (void))
{
  if (oracle.n_cases == ORACLE_CASES)
    abort ();
  oracle.cases[oracle.n_cases++] = (struct oracle_case){ name, run };
}

#define ORACLE_CASE(name) \
  static void case_##name (void); \
  __attribute__ ((constructor)) static void add_##name (void) \
  { \
    oracle_add_case (#name, case_##name); \
  } \
  static void case_##name (void)

/* Numbers ---------------------------------------------------------------------------------------------------------- */

__attribute__ ((unused)) static uint64_t
oracle_mix (uint64_t a, uint64_t b)
{
  uint64_t z = a + 0x9e3779b97f4a7c15u * (b + 1);

  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* The Ith number of stream SEED, between -1 and 1, all of its bits in use. */
__attribute__ ((unused)) static double
oracle_number (uint64_t seed, uint64_t i)
{
  return (double) (int64_t) (oracle_mix (seed, i) & 0x3fffffffffffff) / (double) 0x20000000000000 - 1.0;
}

/* Blocks ----------------------------------------------------------------------------------------------------------- */

static struct oracle_block *
oracle_add_block (const char *label, void *start, size_t count, size_t size, enum oracle_owner owner)
{
  struct oracle_block *block = &oracle.blocks[oracle.n_blocks++];

  if (oracle.n_blocks == ORACLE_BLOCKS)
    abort ();
  *block = (struct oracle_block){ .label = label, .start = start, .count = count, .size = size, .owner = owner };
  return block;
}

/* The block with POINTER in it, NULL if there is none. One past the end belongs to a block if no other begins there. */
static struct oracle_block *
oracle_find (const void *pointer)
{
  const uintptr_t address = (uintptr_t) pointer;

  for (uintptr_t beyond = 0; beyond < 2; beyond++)
    for (int i = 0; i < oracle.n_blocks; i++) {
      const uintptr_t start = (uintptr_t) oracle.blocks[i].start;

      if (address >= start && address < start + oracle.blocks[i].count * oracle.blocks[i].size + beyond)
        return &oracle.blocks[i];
    }
  return NULL;
}

/* Fills what BLOCK has with garbage of this round, and remembers it. The highest bit of each byte is set: small numbers, valid
   pointers and characters are no garbage. */
static void
oracle_spoil (struct oracle_block *block)
{
  const size_t bytes = block->count * block->size;

  block->garbage = malloc (bytes + 1);
  if (!block->garbage)
    abort ();
  for (size_t i = 0; i < bytes; i++)
    block->garbage[i] = (unsigned char) (0x80 | oracle_mix (oracle.garbage + (uint64_t) oracle.n_blocks, i) >> 20);
  memcpy (block->start, block->garbage, bytes);
}

/* Memory with garbage in it. */
__attribute__ ((unused)) static void *
oracle_unset (const char *label, size_t count, size_t size)
{
  void *start = malloc (count * size + (count == 0));

  if (!start)
    abort ();
  oracle_spoil (oracle_add_block (label, start, count, size, ORACLE_CASE_OWNS));
  return start;
}

/* Memory whose content is nobody's business: only pointers to it are shown. */
__attribute__ ((unused)) static void *
oracle_scratch (const char *label, size_t count, size_t size)
{
  void *start = oracle_unset (label, count, size);

  oracle.blocks[oracle.n_blocks - 1].hidden = 1;
  return start;
}

__attribute__ ((unused)) static double *
oracle_numbers (const char *label, size_t count, uint64_t seed)
{
  double *start = oracle_unset (label, count, sizeof *start);

  for (size_t i = 0; i < count; i++)
    start[i] = oracle_number (seed, i);
  return start;
}

/* Numbers from 0 to MODULUS - 1. */
__attribute__ ((unused)) static int *
oracle_integers (const char *label, size_t count, int modulus, uint64_t seed)
{
  int *start = oracle_unset (label, count, sizeof *start);

  for (size_t i = 0; i < count; i++)
    start[i] = (int) (oracle_mix (seed, i) % (uint64_t) modulus);
  return start;
}

/* Memory that the case has not made: variables. */
__attribute__ ((unused)) static void
oracle_watch (const char *label, void *start, size_t count, size_t size)
{
  oracle_add_block (label, start, count, size, ORACLE_PROGRAM_OWNS);
}

#define ORACLE_WATCH(variable) oracle_watch (#variable, &(variable), 1, sizeof (variable))

/* As oracle_watch, with garbage put there first. */
__attribute__ ((unused)) static void
oracle_watch_unset (const char *label, void *start, size_t count, size_t size)
{
  oracle_spoil (oracle_add_block (label, start, count, size, ORACLE_PROGRAM_OWNS));
}

/* START may lead to what the call has allocated: COUNT elements of SIZE bytes. NULL and known memory are passed over. */
__attribute__ ((unused)) static void
oracle_fresh (const char *label, void *start, size_t count, size_t size)
{
  const struct oracle_block *known = start ? oracle_find (start) : NULL;

  if (!start || (known && (uintptr_t) start < (uintptr_t) known->start + known->count * known->size))
    return;
  oracle_add_block (label, start, count, size, ORACLE_CALL_ALLOCATED)->number = ++oracle.n_allocated;
}

/* The elements of the block that begins at START consist of the N scalars of LAYOUT. */
__attribute__ ((unused)) static void
oracle_layout (const void *start, const struct oracle_scalar *layout, size_t n)
{
  struct oracle_block *block = start ? oracle_find (start) : NULL;

  if (!block)
    return;
  block->layout = layout;
  block->n_scalars = n;
}

#define ORACLE_LAYOUT(start, layout) oracle_layout (start, layout, sizeof (layout) / sizeof *(layout))

static const struct oracle_scalar oracle_links[] = { { 0, sizeof (void *), 1 } };
static const struct oracle_scalar oracle_long_doubles[] = { { 0, sizeof (long double) == 16 ? 10 : sizeof (long double), 0 } };

/* Showing ---------------------------------------------------------------------------------------------------------- */

static void
oracle_show_pointer (const void *pointer)
{
  const struct oracle_block *block = pointer ? oracle_find (pointer) : NULL;
  size_t offset;

  if (!block) {
    printf (pointer ? " astray" : " NULL");
    return;
  }
  offset = (size_t) ((const unsigned char *) pointer - block->start);
  if (block->owner == ORACLE_CALL_ALLOCATED)
    printf (" allocated %d+%zu", block->number, offset);
  else
    printf (" %s+%zu", block->label, offset);
}

/* The scalar at PLACE; GARBAGE is what was there at first, or NULL. */
static void
oracle_show_scalar (const unsigned char *place, const unsigned char *garbage, size_t size, int pointer)
{
  if (garbage && memcmp (place, garbage, size) == 0) {
    printf (" ~");
  } else if (pointer) {
    const void *value;

    memcpy (&value, place, sizeof value);
    oracle_show_pointer (value);
  } else {
    putchar (' ');
    for (size_t i = size; i-- > 0;)
      printf ("%02x", place[i]);
  }
}

static void
oracle_show_block (const struct oracle_block *block)
{
  const struct oracle_scalar whole = { 0, block->size, 0 };
  const struct oracle_scalar *layout = block->n_scalars > 0 ? block->layout : &whole;
  const size_t n = block->n_scalars > 0 ? block->n_scalars : 1;

  if (block->owner == ORACLE_CALL_ALLOCATED)
    printf ("allocated %d, ", block->number);
  printf ("%s:", block->label);
  for (size_t i = 0; i < block->count; i++)
    for (size_t k = 0; k < n; k++) {
      const size_t offset = i * block->size + layout[k].offset;

      oracle_show_scalar (block->start + offset, block->garbage ? block->garbage + offset : NULL, layout[k].size,
                          layout[k].pointer);
    }
  putchar ('\n');
}

__attribute__ ((unused)) static void
oracle_show (const char *when)
{
  printf ("-- %s\n", when);
  for (int i = 0; i < oracle.n_blocks; i++)
    if (!oracle.blocks[i].hidden)
      oracle_show_block (&oracle.blocks[i]);
}

/* SIZE bytes of value. */
__attribute__ ((unused)) static void
oracle_value (const char *label, const void *place, size_t size)
{
  printf ("%s:", label);
  oracle_show_scalar (place, NULL, size, 0);
  putchar ('\n');
}

#define ORACLE_VALUE(expression) \
  do { \
    const __typeof__ (expression) oracle_it = (expression); \
    oracle_value (#expression, &oracle_it, sizeof oracle_it); \
  } while (0)

__attribute__ ((unused)) static void
oracle_pointer (const char *label, const void *pointer)
{
  printf ("%s:", label);
  oracle_show_pointer (pointer);
  putchar ('\n');
}

/* What hashcache does ---------------------------------------------------------------------------------------------- */

/* The calls of this case are not cached, and hashcache, or the compiler, says TEXT. */
__attribute__ ((unused)) static void
oracle_expect_refusal (const char *text)
{
  oracle.expected = "refusal";
  oracle.message = text;
}

/* They are cached, or hashcache says TEXT. */
__attribute__ ((unused)) static void
oracle_expect_hit_or (const char *text)
{
  oracle.expected = "either";
  oracle.message = text;
}

/* They are computed each time, because what they leave is not to be kept, and nobody says anything. */
__attribute__ ((unused)) static void
oracle_expect_nothing_kept (void)
{
  oracle.expected = "nothing kept";
}

static struct hashcache_statistics
oracle_statistics (void)
{
  struct hashcache_statistics s = { 0 };

  if (hashcache_stats)
    hashcache_stats (&s);
  return s;
}

/* ROUND, name, calls, hits, computed, uncached, and what is expected. */
static void
oracle_write_statistics (int round, const char *name, const struct hashcache_statistics *before)
{
  const struct hashcache_statistics now = oracle_statistics ();
  const char *path = getenv ("ORACLE_STATISTICS");
  FILE *file = path ? fopen (path, "a") : NULL;

  if (!file)
    return;
  fprintf (file, "%d\t%s\t%d\t%d\t%d\t%d\t%s\t%s\n", round, name, (int) (now.calls - before->calls),
           (int) (now.hits_memory + now.hits_store - before->hits_memory - before->hits_store),
           (int) (now.computed - before->computed), (int) (now.uncached - before->uncached), oracle.expected, oracle.message);
  fclose (file);
}

/* Running ---------------------------------------------------------------------------------------------------------- */

/* Frees all blocks. Memory from the call must bear what a program does with memory from malloc. */
static void
oracle_release (void)
{
  for (int i = 0; i < oracle.n_blocks; i++) {
    struct oracle_block *block = &oracle.blocks[i];
    const size_t bytes = block->count * block->size;

    if (block->owner == ORACLE_CALL_ALLOCATED) {
      unsigned char *larger;

      memset (block->start, 0x5a, bytes);
      larger = realloc (block->start, 2 * bytes + 100);
      if (!larger || (bytes > 0 && larger[bytes - 1] != 0x5a))
        printf ("realloc of %s lost its content\n", block->label);
      memset (larger, 0xa5, 2 * bytes + 100);
      free (larger);
    } else if (block->owner == ORACLE_CASE_OWNS) {
      free (block->start);
    }
    free (block->garbage);
  }
  oracle.n_blocks = oracle.n_allocated = 0;
}

static void
oracle_run_case (int round, const struct oracle_case *it)
{
  const struct hashcache_statistics before = oracle_statistics ();

  printf ("== %d %s\n", round, it->name);
  fflush (stdout);
  oracle.expected = "hits";
  oracle.message = "";
  it->run ();
  oracle_release ();
  printf ("-- end\n");
  fflush (stdout);
  oracle_write_statistics (round, it->name, &before);
}

static int
oracle_asked_for (const char *name, int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], name) == 0)
      return 1;
  return argc < 2;
}

int
main (int argc, char **argv)
{
  const char *garbage = getenv ("ORACLE_GARBAGE");

  for (int round = 1; round <= 2; round++)
    for (int i = 0; i < oracle.n_cases; i++) {
      oracle.garbage = oracle_mix (garbage ? strtoull (garbage, NULL, 10) : 0, (uint64_t) (round * ORACLE_CASES + i));
      if (oracle_asked_for (oracle.cases[i].name, argc, argv))
        oracle_run_case (round, &oracle.cases[i]);
    }
  return 0;
}

#endif

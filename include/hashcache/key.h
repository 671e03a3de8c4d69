/* key.h: the key of a call: a digest of everything that its result depends on.
   SPDX-License-Identifier: BSD-2-Clause

   The key is XXH3-128 over a versioned, tagged, delimited sequence of part digests: the code below the function, the
   contract, what the processor is set to do, the libraries that are called, then each parameter and variable by position. No
   name and no address enters. Of a block that is read its values enter, of every block its shape and whether it is there at
   all.

   A part is the digest of its blocks' digests; those are kept, so that after the call each input can be compared with what it
   was before. */
#ifndef HASHCACHE_KEY_H
#define HASHCACHE_KEY_H

#include "digest.h"
#include "graph.h"
#include "openmp.h"
#include "unfold.h"
#include "value.h"

/* Shape and, if it is read, content of BLOCK, whose part begins with the block of ordinal FIRST. */
static struct hashcache__digest
hashcache__digest_block (const struct hashcache__block *block, size_t first)
{
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_u64 (&hasher, block->role);
  hashcache__hash_u64 (&hasher, block->address != NULL);
  hashcache__hash_u64 (&hasher, block->parent < 0 ? 0 : (uint64_t) block->parent - first + 1);
  hashcache__hash_u64 (&hasher, block->parent_element);
  hashcache__hash_u64 (&hasher, block->n_dims);
  for (uint32_t i = 0; i < block->n_dims; i++)
    hashcache__hash_u64 (&hasher, block->dims[i]);
  hashcache__hash_u64 (&hasher, block->count);
  hashcache__hash_u64 (&hasher, block->late);
  hashcache__hash_u64 (&hasher, block->capacity);
  hashcache__hash_u64 (&hasher, block->of);
  hashcache__hash_u64 (&hasher, block->at);
  hashcache__hash_u64 (&hasher, block->shares);
  hashcache__hash_u64 (&hasher, block->shares_at);
  hashcache__hash_u64 (&hasher, block->function);
  if (!block->of && (block->role == HASHCACHE__IN || block->role == HASHCACHE__INOUT))
    hashcache__hash_values (&hasher, block->type, block->address, block->count);
  return hashcache__hash_finish (&hasher);
}

/* Digests BLOCKS from FIRST to before END into DIGESTS, and all of them together. */
static struct hashcache__digest
hashcache__digest_blocks (const struct hashcache__blocks *blocks, size_t first, size_t end, struct hashcache__digest *digests)
{
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_u64 (&hasher, end - first);
  for (size_t i = first; i < end; i++) {
    digests[i] = hashcache__digest_block (&blocks->items[i], first);
    hashcache__hash_bytes (&hasher, digests[i].bytes, sizeof digests[i].bytes);
  }
  return hashcache__hash_finish (&hasher);
}

/* How many parts keys for CONTRACT have. */
static size_t
hashcache__n_parts (const struct hashcache__contract *contract, const struct hashcache__graph *graph)
{
  return 4 + contract->n_parameters + graph->n_globals;
}

static void
hashcache__add_part (struct hashcache__key *key, const char *name, uint32_t group, struct hashcache__digest digest)
{
  key->parts[key->n_parts++] = (struct hashcache__part){ name, group, digest };
}

/* How this thread's arithmetic rounds and whether it flushes tiny numbers to zero: a program may change that while it runs, and
   -ffast-math at link time changes it before it starts. */
static uint64_t
hashcache__arithmetic (void)
{
#if defined __x86_64__
  uint16_t x87;

  __asm__ volatile("fnstcw %0" : "=m"(x87));
  return (uint64_t) (__builtin_ia32_stmxcsr () & 0xe040u) << 16 | (x87 & 0x0f00u);
#elif defined __aarch64__ && defined __GNUC__ && !defined __clang__
  return __builtin_aarch64_get_fpcr () & 0x07c80000u;
#else
  volatile double one = 1.0, tiny = 0x1p-60, most = 0x1.8p-53, smallest = 0x1p-1022;
  volatile double up = one + tiny, down = -one - tiny, near = one + most, half = smallest / 2;

  return (uint64_t) (up > one) | (uint64_t) (down < -one) << 1 | (uint64_t) (near > one) << 2 | (uint64_t) (half > 0) << 3;
#endif
}

static int
hashcache__rounds_to_nearest (void)
{
  const uint64_t arithmetic = hashcache__arithmetic ();

#if defined __x86_64__
  return (arithmetic & ((uint64_t) 0x6000 << 16 | 0x0c00)) == 0;
#elif defined __aarch64__ && defined __GNUC__ && !defined __clang__
  return (arithmetic & 0x00c00000) == 0;
#else
  return (arithmetic & 7) == 4; /* neither up nor down, but near */
#endif
}

static struct hashcache__digest
hashcache__digest_options (int threads)
{
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_u64 (&hasher, hashcache__arithmetic ());
  hashcache__hash_u64 (&hasher, (uint64_t) threads);
  if (threads)
    hashcache__hash_openmp (&hasher);
  return hashcache__hash_finish (&hasher);
}

/* The part digests in order, each behind its group, so that no parameter can be taken for a variable. */
static struct hashcache__digest
hashcache__digest_parts (const struct hashcache__key *key)
{
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_string (&hasher, "hashcache key 3");
  hashcache__hash_u64 (&hasher, key->n_parts);
  for (size_t i = 0; i < key->n_parts; i++) {
    hashcache__hash_u64 (&hasher, key->parts[i].group);
    hashcache__hash_bytes (&hasher, key->parts[i].digest.bytes, sizeof key->parts[i].digest.bytes);
  }
  return hashcache__hash_finish (&hasher);
}

/* Makes KEY (whose parts have room for n_parts) of BLOCKS, unfolded with FIRSTS; DIGESTS takes one digest for each block.
   The graph's leaves have been identified as LIBS says. */
static void
hashcache__make_key (struct hashcache__key *key, const struct hashcache__contract *contract, const struct hashcache__graph *graph,
                     const struct hashcache__blocks *blocks, const size_t *firsts, struct hashcache__digest *digests, int libs)
{
  size_t part = 0;

  key->code = graph->code;
  key->code_details = &graph->details;
  key->library_details = &graph->leaves.details[libs];
  key->n_parts = 0;
  hashcache__add_part (key, "code", 0, graph->code);
  hashcache__add_part (key, "contract", 0, graph->contract);
  hashcache__add_part (key, "options", 0, hashcache__digest_options (graph->threads));
  hashcache__add_part (key, "libraries", 0, hashcache__digest_leaves (&graph->leaves, libs));
  for (uint32_t i = 0; i < contract->n_parameters; i++, part++)
    hashcache__add_part (key, contract->parameters[i].name, HASHCACHE__GROUP_INPUT,
                         hashcache__digest_blocks (blocks, firsts[part], firsts[part + 1], digests));
  for (size_t i = 0; i < graph->n_globals; i++, part++)
    hashcache__add_part (key, graph->globals[i].variable->name, HASHCACHE__GROUP_GLOBAL,
                         hashcache__digest_blocks (blocks, firsts[part], firsts[part + 1], digests));
  key->key = hashcache__digest_parts (key);
}

/* Whether BLOCK is content that the call promised to leave alone. */
static int
hashcache__is_input (const struct hashcache__block *block)
{
  return block->role == HASHCACHE__IN && !block->of;
}

/* After the call: the name of an input that is not what DIGESTS say it was before, NULL if all are. */
static const char *
hashcache__changed_input (const struct hashcache__blocks *blocks, const size_t *firsts, size_t n_parts,
                          const struct hashcache__digest *digests)
{
  for (size_t part = 0; part < n_parts; part++)
    for (size_t i = firsts[part]; i < firsts[part + 1]; i++) {
      struct hashcache__digest now;

      if (!hashcache__is_input (&blocks->items[i]))
        continue;
      now = hashcache__digest_block (&blocks->items[i], firsts[part]);
      if (!hashcache__digest_equal (&now, &digests[i]))
        return blocks->items[i].name;
    }
  return NULL;
}

#endif

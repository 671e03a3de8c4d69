/* block.h: a block is a piece of memory that a call reads or leaves behind: so many elements of one type at one address.
   SPDX-License-Identifier: BSD-2-Clause

   The contract of a call and its arguments unfold into a flat list of blocks (unfold.h): one for each argument by value, for
   each array behind a pointer, for each global variable, for the result. A struct with pointers in it is a block of its own,
   its pointers left out, followed by the blocks its pointers lead to. A pointer to a function leads to a block without content. All later steps (digest, store, restore) see blocks only. */
#ifndef HASHCACHE_BLOCK_H
#define HASHCACHE_BLOCK_H

#include "contract.h"
#include <stddef.h>

enum { HASHCACHE__GROUP_INPUT = 1, HASHCACHE__GROUP_GLOBAL = 2, HASHCACHE__GROUP_RETURN = 3 };

struct hashcache__block {
  const struct hashcache__type *type; /* of one element */
  void *address;                      /* NULL if the pointer is NULL; count is 0 then */
  uint64_t count;                     /* elements: the product of dims, 1 if n_dims is 0 */
  uint32_t role;                      /* IN, OUT or INOUT */
  uint32_t group;
  uint32_t n_dims; /* 0: one object that is not an array */
  int32_t parent;  /* ordinal of the block whose field this is, -1 if none; always smaller than the block's own ordinal */
  uint64_t parent_element; /* which element of the parent */
  const char *name;        /* of the parameter, field ("a.b" for a field of a nested struct) or variable */
  uint64_t dims[HASHCACHE__MAX_DIMS];
  uint64_t shares;    /* 0, or 1 + the ordinal of the input block that this input block overlaps in memory */
  uint64_t function;  /* of a block that is a function: 1 + its ordinal in `functions` */
  uint64_t shares_at; /* and how many bytes behind that one's beginning it begins */
};

struct hashcache__blocks {
  struct hashcache__block *items; /* malloc'ed */
  size_t n;
  size_t capacity;
  const void **functions; /* malloc'ed: addresses of the functions that pointers in the blocks lead to, each once, in the order met */
  size_t n_functions;
  size_t functions_capacity;
};

/* 128-bit digest, bytes in the canonical order of XXH128. */
struct hashcache__digest {
  unsigned char bytes[16];
};

/* Digest of one part of a key, kept with the entry so that two entries can be compared part by part. */
struct hashcache__part {
  const char *name; /* "code", "contract", "options", the name of a parameter or variable */
  uint32_t group;   /* 0 for what is neither input nor global */
  struct hashcache__digest digest;
};

/* What identifies a call, and what its entry says about it. */
struct hashcache__key {
  struct hashcache__digest code; /* of the whole call graph: names the directory */
  struct hashcache__digest key;  /* of everything: names the file */
  struct hashcache__part *parts;
  size_t n_parts;
};

#endif

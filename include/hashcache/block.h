/* block.h: a block is a piece of memory that a call reads or leaves behind: so many elements of one type at one address.
   SPDX-License-Identifier: BSD-2-Clause

   The contract of a call and its arguments unfold into a flat list of blocks (unfold.h): one for each argument by value, for
   each pointer that is followed, for each global variable, for the result. A struct with pointers in it is a block of its own,
   its pointers left out; what they lead to are further blocks. A pointer to a function leads to a block without content. Several
   pointers may lead to the same memory: one block then owns it, and the others are views of that one. All later steps (digest,
   store, restore) see blocks only. */
#ifndef HASHCACHE_BLOCK_H
#define HASHCACHE_BLOCK_H

#include "contract.h"
#include <stddef.h>

enum { HASHCACHE__GROUP_INPUT = 1, HASHCACHE__GROUP_GLOBAL = 2, HASHCACHE__GROUP_RETURN = 3 };

struct hashcache__block {
  const struct hashcache__type *type; /* of one element */
  void *address;                      /* NULL if the pointer is NULL; count is 0 then */
  uint64_t count;                     /* elements: the product of dims, 1 if n_dims is 0 */
  uint32_t role;                      /* IN, OUT, INOUT or WRITTEN_ONLY */
  uint32_t group;
  uint32_t n_dims; /* 0: one object that is not an array */
  int32_t parent; /* ordinal of the block that holds the pointer to this one, -1 if none does; always smaller than the block's own
                      ordinal */
  uint64_t parent_element; /* which element of the parent */
  const char *name;        /* of the parameter, field ("a.b" for a field of a nested struct) or variable */
  uint64_t dims[HASHCACHE__MAX_DIMS];
  const char *slot; /* where the pointer lies that leads here; NULL if none does */
  const char *base; /* the struct whose field that pointer is, NULL if none: names in EXTENT are its fields */
  const struct hashcache__extent *extent; /* of that pointer, NULL if there is none */
  const struct hashcache__extent *inner;  /* of the pointers that the elements are, NULL if they are none */
  unsigned char *written; /* WRITTEN_ONLY, after the call: a bit for each scalar that was written; NULL if all were */
  uint64_t of;            /* 0, or 1 + the ordinal of the block whose memory this view is a part of, */
  uint64_t at;            /* and how many bytes behind that one's beginning it begins                */
  uint64_t shares; /* 0, or 1 + the ordinal of another block that this one overlaps in memory, or touches where that can show, */
  uint64_t shares_at; /* and how many bytes behind that one's beginning it begins; a digest if it is empty */
  uint64_t function;  /* of a block that is a function: 1 + its ordinal in `functions` */
  uint32_t follows;   /* the pointers in it are inputs: what they lead to before the call are blocks of the list */
  uint64_t twin;      /* 1 + the ordinal of the block before it that leads on and begins at the same address, 0 if none does */
  uint64_t capacity;  /* bytes that malloc has given out at the address, where the call may change that; else 0 */
  uint32_t replaces;  /* fresh: at the end of a pointer that led elsewhere before the call */
  uint32_t vouched;   /* the user says that this output belongs to one call at a time, or each thread has its own */
  uint32_t late;      /* how many elements it has is known only after the call; count is 0 before */
};

struct hashcache__blocks {
  struct hashcache__block *items; /* malloc'ed */
  size_t n;
  size_t capacity;
  const void *
      *functions; /* malloc'ed: addresses of the functions that pointers in the blocks lead to, each once, in the order met */
  size_t n_functions;
  size_t functions_capacity;
};

static inline int
hashcache__is_output (const struct hashcache__block *block)
{
  return block->role != HASHCACHE__IN && block->address && !block->of && block->type->kind != HASHCACHE__FUNCTION;
}

/* 128-bit digest, bytes in the canonical order of XXH128. */
struct hashcache__digest {
  unsigned char bytes[16];
};

/* What the part "code" or "libraries" of a key is made of, for people; no group of blocks: the function's own body, a function or constant
   that the code refers to, the machine as far as it matters, a library. */
enum {
  HASHCACHE__GROUP_BODY = 4,
  HASHCACHE__GROUP_CALLEE = 5,
  HASHCACHE__GROUP_CONSTANT = 6,
  HASHCACHE__GROUP_MACHINE = 7,
  HASHCACHE__GROUP_LIBRARY = 8
};

/* Digest of one part of a key, kept with the entry so that two entries can be compared part by part. */
struct hashcache__part {
  const char *name; /* "code", "contract", "options", the name of a parameter or variable */
  uint32_t group;   /* 0 for what is neither input nor global */
  struct hashcache__digest digest;
};

/* Parts in more detail than the key has them: the key does not depend on these. */
struct hashcache__details {
  struct hashcache__part *items; /* malloc'ed; their names are the graph's */
  size_t n, capacity;
};

/* What identifies a call, and what its entry says about it. */
struct hashcache__key {
  struct hashcache__digest code; /* of the whole call graph: names the directory */
  struct hashcache__digest key;  /* of everything: names the file */
  struct hashcache__part *parts;
  size_t n_parts;
  const struct hashcache__details *code_details, *library_details; /* may be NULL */
};

/* What an entry says of its key: the parts and, behind them, the details. How many rows that are. */
static inline size_t
hashcache__n_rows (const struct hashcache__key *key)
{
  return key->n_parts + (key->code_details ? key->code_details->n : 0) + (key->library_details ? key->library_details->n : 0);
}

static inline const struct hashcache__part *
hashcache__row (const struct hashcache__key *key, size_t i)
{
  const size_t n_code = key->code_details ? key->code_details->n : 0;

  if (i < key->n_parts)
    return &key->parts[i];
  i -= key->n_parts;
  return i < n_code ? &key->code_details->items[i] : &key->library_details->items[i - n_code];
}

#endif

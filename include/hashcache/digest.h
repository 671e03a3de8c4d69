/* digest.h: XXH3-128 digests of bytes, numbers and strings.
   SPDX-License-Identifier: BSD-2-Clause

   Digests are in the canonical byte order of XXH128, numbers enter as eight little-endian bytes and strings with their length
   before them, so that no two different sequences of calls feed the same bytes by accident of their boundaries. How bytes are
   cut into hash_bytes calls does not matter. Nothing here fails, allocates or touches errno.

   Long pieces go through the widest vectors that the processor has, where libxxhash was built to choose them at run time; elsewhere
   through what the library was compiled for. Short sequences are collected and digested at once, which takes a fraction of what a
   stream takes. The digests are the same. */
#ifndef HASHCACHE_DIGEST_H
#define HASHCACHE_DIGEST_H

#include "block.h"
#include <stdint.h>
#include <string.h>

/* The state must live on the stack. xxhash.h keeps this part under a guard of its own, so a plain inclusion before is fine. */
#ifndef XXH_STATIC_LINKING_ONLY
#define XXH_STATIC_LINKING_ONLY
#endif
#include <xxhash.h>

enum { HASHCACHE__COLLECTED = 240 }; /* bytes; up to here XXH3 needs no state */

struct hashcache__hasher {
  size_t n; /* bytes collected; more than COLLECTED once there is a stream */
  unsigned char collected[HASHCACHE__COLLECTED];
  XXH3_state_t state; /* of the stream */
};

/* The functions of xxh_x86dispatch.h. That header is not everywhere, nor are they in every libxxhash: weak references are NULL then,
   as they are where the library is linked in statically. They are asked for their values where these are data: as functions, the linker
   of a program that is not position-independent may have put stubs in their places, which are never NULL. Who has xxhash.h inlined may
   have another version of it than the library. */
#if defined __x86_64__ && !defined XXH_INLINE_ALL && !defined XXH_PRIVATE_API && !defined XXH_NAMESPACE
#define HASHCACHE__WIDE 1
static XXH_errorcode hashcache__wide_update_reference (XXH3_state_t *, const void *, size_t)
    __attribute__ ((weakref ("XXH3_128bits_update_dispatch")));
static XXH128_hash_t hashcache__wide_hash_reference (const void *, size_t) __attribute__ ((weakref ("XXH3_128bits_dispatch")));
static XXH_errorcode (*const volatile hashcache__wide_update) (XXH3_state_t *, const void *, size_t) =
    hashcache__wide_update_reference;
static XXH128_hash_t (*const volatile hashcache__wide_hash) (const void *, size_t) = hashcache__wide_hash_reference;
#else
#define HASHCACHE__WIDE 0
#endif

enum { HASHCACHE__LONG_PIECE = 1024 }; /* bytes from which on vectors matter */

static inline void
hashcache__hash_start (struct hashcache__hasher *h)
{
  h->n = 0;
}

/* Adds to the stream of H, which begins with what was collected. */
__attribute__ ((noinline)) static void
hashcache__hash_stream (struct hashcache__hasher *h, const void *bytes, size_t n)
{
  if (h->n <= HASHCACHE__COLLECTED) {
    XXH3_INITSTATE (&h->state);
    (void) XXH3_128bits_reset (&h->state);
    if (h->n > 0)
      (void) XXH3_128bits_update (&h->state, h->collected, h->n);
    h->n = HASHCACHE__COLLECTED + 1;
  }
#if HASHCACHE__WIDE
  if (n >= HASHCACHE__LONG_PIECE && hashcache__wide_update) {
    (void) hashcache__wide_update (&h->state, bytes, n);
    return;
  }
#endif
  (void) XXH3_128bits_update (&h->state, bytes, n);
}

static inline void
hashcache__hash_bytes (struct hashcache__hasher *h, const void *bytes, size_t n)
{
  if (n == 0)
    return;
  if (h->n <= HASHCACHE__COLLECTED && n <= HASHCACHE__COLLECTED - h->n) {
    memcpy (h->collected + h->n, bytes, n);
    h->n += n;
  } else
    hashcache__hash_stream (h, bytes, n);
}

static void
hashcache__put_u64 (unsigned char bytes[8], uint64_t value)
{
#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy (bytes, &value, 8); /* some compilers do not see that the loop is that */
  return;
#endif
  for (unsigned i = 0; i < 8; i++)
    bytes[i] = (unsigned char) (value >> (8 * i));
}

static uint64_t
hashcache__get_u64 (const unsigned char bytes[8])
{
  uint64_t value = 0;

#if defined __BYTE_ORDER__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy (&value, bytes, 8);
  return value;
#endif
  for (unsigned i = 0; i < 8; i++)
    value |= (uint64_t) bytes[i] << (8 * i);
  return value;
}

static void
hashcache__hash_u64 (struct hashcache__hasher *h, uint64_t value)
{
  unsigned char bytes[8];

  hashcache__put_u64 (bytes, value);
  hashcache__hash_bytes (h, bytes, sizeof bytes);
}

static void
hashcache__hash_string (struct hashcache__hasher *h, const char *string)
{
  const size_t n = strlen (string);

  hashcache__hash_u64 (h, n);
  hashcache__hash_bytes (h, string, n);
}

static struct hashcache__digest
hashcache__canonical (XXH128_hash_t hash)
{
  XXH128_canonical_t canonical;
  struct hashcache__digest digest;

  XXH128_canonicalFromHash (&canonical, hash);
  _Static_assert(sizeof canonical.digest == sizeof digest.bytes, "128 bits");
  memcpy (digest.bytes, canonical.digest, sizeof digest.bytes);
  return digest;
}

static struct hashcache__digest
hashcache__hash_finish (struct hashcache__hasher *h)
{
  return hashcache__canonical (h->n <= HASHCACHE__COLLECTED ? XXH3_128bits (h->collected, h->n)
                                                            : XXH3_128bits_digest (&h->state));
}

static struct hashcache__digest
hashcache__digest_of (const void *bytes, size_t n)
{
#if HASHCACHE__WIDE
  if (n >= HASHCACHE__LONG_PIECE && hashcache__wide_hash)
    return hashcache__canonical (hashcache__wide_hash (bytes, n));
#endif
  return hashcache__canonical (XXH3_128bits (n > 0 ? bytes : "", n));
}

static int
hashcache__digest_equal (const struct hashcache__digest *a, const struct hashcache__digest *b)
{
  return memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static void
hashcache__digest_hex (const struct hashcache__digest *digest, char hex[33])
{
  static const char digits[] = "0123456789abcdef";

  for (unsigned i = 0; i < 16; i++) {
    hex[2 * i] = digits[digest->bytes[i] >> 4];
    hex[2 * i + 1] = digits[digest->bytes[i] & 15];
  }
  hex[32] = '\0';
}

#endif

/* test_digests.c: a digest depends on the bytes alone: not on the processor's vectors, nor on how they were handed over.
   SPDX-License-Identifier: BSD-2-Clause

   Long pieces take another way through libxxhash than short ones (digest.h). Keys of all entries rest on both being the same. */
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wunused-variable"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <hashcache/digest.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define LENGTH(array) (sizeof (array) / sizeof *(array))

enum { MOST = (1 << 20) + 3, SHIFTS = 3 };

static unsigned char bytes[MOST + SHIFTS];

static void
make_bytes (unsigned shift)
{
  uint32_t x = 1;

  for (size_t i = 0; i < MOST; i++) {
    x = x * 1103515245u + 12345u;
    bytes[shift + i] = (unsigned char) (x >> 24);
  }
}

/* Lengths about those at which xxHash, or digest.h, goes another way. */
static const size_t lengths[] = { 0,    1,    8,    16,   17,   128,  129,  240,   241,   255,   256,    257,    1023,   1024,
                                  1025, 1087, 1088, 1089, 2047, 2048, 4095, 65535, 65536, 65537, 262143, 262144, 262145, MOST };

/* The digest by what every libxxhash has. */
static struct hashcache__digest
plain_digest (const void *at, size_t n)
{
  return hashcache__canonical (XXH3_128bits (at, n));
}

static void
long_pieces_have_the_same_digest (void **state)
{
  (void) state;
  for (unsigned shift = 0; shift < SHIFTS; shift++) {
    make_bytes (shift);
    for (size_t i = 0; i < LENGTH (lengths); i++) {
      const struct hashcache__digest plain = plain_digest (bytes + shift, lengths[i]);
      const struct hashcache__digest ours = hashcache__digest_of (bytes + shift, lengths[i]);

      assert_memory_equal (plain.bytes, ours.bytes, sizeof ours.bytes);
    }
  }
}

/* The digest of the first N bytes, handed over in pieces of FIRST, then EACH bytes. */
static struct hashcache__digest
digest_in_pieces (size_t n, size_t first, size_t each)
{
  struct hashcache__hasher h;
  size_t done = first < n ? first : n;

  hashcache__hash_start (&h);
  hashcache__hash_bytes (&h, bytes, done);
  while (done < n) {
    const size_t piece = n - done < each ? n - done : each;

    hashcache__hash_bytes (&h, bytes + done, piece);
    done += piece;
  }
  return hashcache__hash_finish (&h);
}

static void
pieces_do_not_matter (void **state)
{
  static const size_t firsts[] = { 0, 1, 8, 255, 256, 1023, 1024, 100000 }, each[] = { 7, 256, 1023, 1024, 1025, 5000, MOST };

  (void) state;
  make_bytes (0);
  for (size_t i = 0; i < LENGTH (lengths); i++) {
    const struct hashcache__digest plain = plain_digest (bytes, lengths[i]);

    for (size_t f = 0; f < LENGTH (firsts); f++)
      for (size_t e = lengths[i] > 100000; e < LENGTH (each); e++) { /* millions of pieces of 7 bytes show nothing more */
        const struct hashcache__digest ours = digest_in_pieces (lengths[i], firsts[f], each[e]);

        assert_memory_equal (plain.bytes, ours.bytes, sizeof ours.bytes);
      }
  }
}

static void
long_digests_are_frozen (void **state)
{
  static const struct {
    size_t n;
    const char *hex;
  } rows[] = {
    { 1023, "fcef1a21c7224cdc54d9d40f4e3f350b" },
    { 1024, "afe46da658ad2ede0bd018ef80ebcb8f" },
    { 262144, "e4343485cd149a912ce4f9b8d1d4ab7a" },
    { MOST, "3111767033e7c22428f51eeabbdb3377" },
  };
  char hex[33];

  (void) state;
  make_bytes (0);
  for (size_t i = 0; i < LENGTH (rows); i++) {
    const struct hashcache__digest digest = hashcache__digest_of (bytes, rows[i].n);

    hashcache__digest_hex (&digest, hex);
    assert_string_equal (hex, rows[i].hex);
  }
}

/* If libxxhash can choose vectors at run time, we let it. */
static void
wide_vectors_are_used (void **state)
{
  (void) state;
#if HASHCACHE__WIDE
  void *library = dlopen (NULL, RTLD_LAZY);

  assert_non_null (library);
  if (!dlsym (library, "XXH3_128bits_dispatch"))
    fprintf (stderr, "NOT TESTED: this libxxhash is the same for all processors\n");
  else {
    assert_true (hashcache__wide_hash != NULL);
    assert_true (hashcache__wide_update != NULL);
  }
  dlclose (library);
#else
  fprintf (stderr, "NOT TESTED: vectors are not chosen at run time on this processor\n");
#endif
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (long_pieces_have_the_same_digest),
    cmocka_unit_test (pieces_do_not_matter),
    cmocka_unit_test (long_digests_are_frozen),
    cmocka_unit_test (wide_vectors_are_used),
  };

  return cmocka_run_group_tests (tests, NULL, NULL);
}

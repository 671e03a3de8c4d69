/* leaves.h: which libraries the code below a function calls, as part of the key.
   SPDX-License-Identifier: BSD-2-Clause

   A function that is not followed is known by its name, which is part of the code, and by the object that holds it, with all
   that this object needs: those are identified here, as HASHCACHE_LIBS says.

   version   the C library by its version; another object by the version in its file's name; where there is none, and for
   functions that the user trusts, whose library may be under his own hands, by build id or content build-id  every object,
   the C library's too, by build id or content none      not at all

   BLAS, LAPACK and their like compute other last bits with other threads and on other processors, and some functions of the C
   library depend on the locale: that is part of the key whatever HASHCACHE_LIBS says. */
#ifndef HASHCACHE_LEAVES_H
#define HASHCACHE_LEAVES_H

#include "digest.h"
#include "libraries.h"
#include "objects.h"
#include "openmp.h"
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#if defined __x86_64__ || defined __i386__
#include <cpuid.h>
#endif

/* Weak: where the C library or the program has no such function, its address is NULL. */
extern const char *gnu_get_libc_version (void) __attribute__ ((weak));

extern int hashcache__sched_getaffinity (pid_t process, size_t size, void *set) __asm__("sched_getaffinity");

extern void *hashcache__uselocale (void *locale) __asm__("uselocale");

enum { HASHCACHE__BY_VERSION = 1, HASHCACHE__BY_BUILD_ID = 2, HASHCACHE__BY_NAME = 3 };

struct hashcache__leaf {
  const char *symbol;
  const void *address;
  uint32_t flags; /* TRUSTED, TUNED */
};

/* The functions that a graph calls and does not follow. */
struct hashcache__leaves {
  struct hashcache__leaf *items;
  size_t n, capacity;
  int tuned, local;                  /* some are; some depend on the locale */
  int known[HASHCACHE__BY_NAME + 1]; /* atomic: 1 if there is an identity, -1 if there is none to be had */
  struct hashcache__digest identities[HASHCACHE__BY_NAME + 1]; /* by the modes above */
  struct hashcache__details details[HASHCACHE__BY_NAME + 1];   /* of them, for people; the names are malloc'ed */
};

/* Without memory DETAILS stay as they are: nothing depends on them. */
static void
hashcache__add_detail (struct hashcache__details *details, const char *name, uint32_t group,
                       const struct hashcache__digest *digest)
{
  if (details->n == details->capacity) {
    const size_t capacity = 2 * details->capacity + 8;
    struct hashcache__part *items = realloc (details->items, capacity * sizeof *items);

    if (!items)
      return;
    details->items = items;
    details->capacity = capacity;
  }
  details->items[details->n++] = (struct hashcache__part){ name, group, *digest };
}

static void
hashcache__free_leaves (struct hashcache__leaves *leaves)
{
  for (int mode = 0; mode <= HASHCACHE__BY_NAME; mode++) {
    for (size_t i = 0; i < leaves->details[mode].n; i++)
      free ((char *) (uintptr_t) leaves->details[mode].items[i].name);
    free (leaves->details[mode].items);
  }
  free (leaves->items);
}

static int
hashcache__add_leaf (struct hashcache__leaves *leaves, const struct hashcache__reference *reference)
{
  if (leaves->n == leaves->capacity) {
    const size_t capacity = 2 * leaves->capacity + 8;
    struct hashcache__leaf *items = realloc (leaves->items, capacity * sizeof *items);

    if (!items)
      return -1;
    leaves->items = items;
    leaves->capacity = capacity;
  }
  leaves->tuned |= (reference->flags & HASHCACHE__TUNED) != 0;
  leaves->local |= (reference->flags & HASHCACHE__LOCALE) != 0;
  leaves->items[leaves->n++] = (struct hashcache__leaf){ hashcache__symbol_of (reference), hashcache__address_of (reference),
                                                         reference->flags & (HASHCACHE__TRUSTED | HASHCACHE__TUNED) };
  return 0;
}

/* Objects ------------------------------------------------------------------------------------------------------------ */

/* The version that runs; in a static program the one it was compiled for. */
static void
hashcache__hash_c_library (struct hashcache__hasher *hasher)
{
  if (gnu_get_libc_version) {
    hashcache__hash_string (hasher, gnu_get_libc_version ());
    return;
  }
#ifdef __GLIBC__
  hashcache__hash_u64 (hasher, __GLIBC__);
  hashcache__hash_u64 (hasher, __GLIBC_MINOR__);
#else
  hashcache__hash_string (hasher, "not glibc");
#endif
}

/* Marks in OBJECTS those that hold LEAF, or what the library behind it may call by way of the dynamic linker. A static program
   holds its C library itself, which its version identifies. */
static void
hashcache__want_leaf (struct hashcache__loaded_list *objects, const struct hashcache__leaf *leaf, int mode)
{
  static const char *const probes[] = { "dgemm_", "cblas_dgemm", "sgemm_", "cblas_sgemm" };
  struct hashcache__loaded *holder = hashcache__holder (objects, leaf->address, leaf->symbol);

  if (holder && ((leaf->flags & HASHCACHE__TRUSTED) || mode == HASHCACHE__BY_BUILD_ID))
    holder->wanted = 1;
  for (size_t i = 0; (leaf->flags & HASHCACHE__TUNED) && i < sizeof probes / sizeof *probes; i++) {
    holder = hashcache__holder (objects, hashcache__dlsym (NULL, probes[i]), probes[i]);
    if (holder)
      holder->wanted = 1;
  }
}

static int
hashcache__order_of_digests (const void *a, const void *b)
{
  return memcmp (a, b, sizeof (struct hashcache__digest));
}

static void
hashcache__note_library (struct hashcache__details *details, const char *name, const struct hashcache__digest *digest)
{
  char *copy = strdup (name);
  const size_t n = details->n;

  if (copy)
    hashcache__add_detail (details, copy, HASHCACHE__GROUP_LIBRARY, digest);
  if (details->n == n)
    free (copy);
}

/* Digests the wanted OBJECTS into *DIGEST, in no order: that of loading says nothing. -1 if one of them cannot be identified. The
   program is never known by a version. DETAILS take one for each. */
static int
hashcache__hash_objects (struct hashcache__loaded_list *objects, int mode, int by_version, struct hashcache__digest *digest,
                         struct hashcache__details *details)
{
  struct hashcache__digest *digests = calloc (objects->n + 1, sizeof *digests);
  struct hashcache__hasher hasher;
  size_t n = 0;
  int failed = !digests;

  for (size_t i = 0; !failed && i < objects->n; i++) {
    const struct hashcache__loaded *object = &objects->items[i];

    if (!object->wanted || (mode == HASHCACHE__BY_VERSION && i > 0 && hashcache__known_library (object->name)))
      continue;
    failed = hashcache__identify_object (object, by_version && i > 0, &digests[n++]);
    if (!failed)
      hashcache__note_library (details, i > 0 ? hashcache__last_name (object->name) : "the program", &digests[n - 1]);
  }
  if (!failed) {
    qsort (digests, n, sizeof *digests, hashcache__order_of_digests);
    hashcache__hash_start (&hasher);
    hashcache__hash_u64 (&hasher, n);
    hashcache__hash_bytes (&hasher, digests, n * sizeof *digests);
    *digest = hashcache__hash_finish (&hasher);
  }
  free (digests);
  return failed ? -1 : 0;
}

/* The objects that hold those of LEAVES whose flags have WITH and not WITHOUT, into HASHER. */
static int
hashcache__hash_holders (struct hashcache__hasher *hasher, struct hashcache__loaded_list *objects,
                         struct hashcache__leaves *leaves, int mode, uint32_t with, uint32_t without)
{
  struct hashcache__digest digest;

  for (size_t i = 0; i < objects->n; i++)
    objects->items[i].wanted = 0;
  for (size_t i = 0; i < leaves->n; i++)
    if ((leaves->items[i].flags & with) == with && !(leaves->items[i].flags & without))
      hashcache__want_leaf (objects, &leaves->items[i], mode);
  hashcache__want_needed (objects);
  if (hashcache__hash_objects (objects, mode, mode == HASHCACHE__BY_VERSION && !without, &digest, &leaves->details[mode]))
    return -1;
  hashcache__hash_bytes (hasher, digest.bytes, sizeof digest.bytes);
  return 0;
}

static void
hashcache__note_c_library (struct hashcache__details *details)
{
  struct hashcache__hasher hasher;
  struct hashcache__digest digest;

  hashcache__hash_start (&hasher);
  hashcache__hash_c_library (&hasher);
  digest = hashcache__hash_finish (&hasher);
  hashcache__note_library (details, "C library", &digest);
}

static int
hashcache__make_leaf_identity (struct hashcache__leaves *leaves, int mode, struct hashcache__digest *digest)
{
  struct hashcache__loaded_list objects;
  struct hashcache__hasher hasher;
  int failed;

  hashcache__hash_start (&hasher);
  if (leaves->n > 0 && mode != HASHCACHE__BY_NAME) {
    hashcache__hash_c_library (&hasher);
    hashcache__note_c_library (&leaves->details[mode]);
    if (hashcache__list_objects (&objects))
      return -1;
    failed = hashcache__hash_holders (&hasher, &objects, leaves, mode, mode == HASHCACHE__BY_VERSION ? HASHCACHE__TUNED : 0, 0)
             || hashcache__hash_holders (&hasher, &objects, leaves, mode, HASHCACHE__TRUSTED, HASHCACHE__TUNED);
    hashcache__free_objects (&objects);
    if (failed)
      return -1;
  }
  *digest = hashcache__hash_finish (&hasher);
  return 0;
}

/* Finds out which libraries LEAVES are in, for MODE; 0, or -1 if nobody can say. Done once. */
static int
hashcache__identify_leaves (struct hashcache__leaves *leaves, int mode)
{
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  int known = __atomic_load_n (&leaves->known[mode], __ATOMIC_ACQUIRE);

  if (known == 0) {
    pthread_mutex_lock (&mutex);
    known = leaves->known[mode];
    if (known == 0) {
      known = hashcache__make_leaf_identity (leaves, mode, &leaves->identities[mode]) ? -1 : 1;
      __atomic_store_n (&leaves->known[mode], known, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock (&mutex);
  }
  return known < 0 ? -1 : 0;
}

/* Kernels ------------------------------------------------------------------------------------------------------------ */

static unsigned
hashcache__usable_processors (void)
{
  unsigned char set[1024];
  const int size = hashcache__sched_getaffinity (0, sizeof set, memset (set, 0, sizeof set));
  unsigned n = 0;

  for (size_t i = 0; size >= 0 && i < sizeof set; i++)
    n += (unsigned) __builtin_popcount (set[i]);
  return n;
}

/* What the function NAME without arguments answers, if the process has it. */
static void
hashcache__hash_number (struct hashcache__hasher *hasher, const char *name)
{
  int (*function) (void) = NULL;

  hashcache__hash_u64 (hasher,
                       hashcache__find_function (name, &function) ? (uint64_t) (int64_t) function () : UINT64_C (1) << 40);
}

static void
hashcache__hash_text (struct hashcache__hasher *hasher, const char *name)
{
  const char *(*function) (void) = NULL;
  const char *text = hashcache__find_function (name, &function) ? function () : NULL;

  hashcache__hash_string (hasher, text ? text : "");
}

/* Which processor this is: vendor, family and model, not the stepping. */
static void
hashcache__hash_model (struct hashcache__hasher *hasher)
{
#if defined __x86_64__ || defined __i386__
  unsigned a = 0, b = 0, c = 0, d = 0;

  (void) __get_cpuid (0, &a, &b, &c, &d);
  hashcache__hash_u64 (hasher, (uint64_t) b << 32 | c);
  hashcache__hash_u64 (hasher, d);
  hashcache__hash_u64 (hasher, __get_cpuid (1, &a, &b, &c, &d) ? a & 0x0fff0ff0u : 0);
#else
  (void) hasher;
#endif
}

/* What BLAS, LAPACK, FFTW and their like choose their code and share their work by. */
static void
hashcache__hash_kernels (struct hashcache__hasher *hasher)
{
  static const char *const variables[] = { "OPENBLAS_NUM_THREADS",
                                           "GOTO_NUM_THREADS",
                                           "OMP_NUM_THREADS",
                                           "OMP_DYNAMIC",
                                           "MKL_NUM_THREADS",
                                           "MKL_DYNAMIC",
                                           "MKL_CBWR",
                                           "MKL_ENABLE_INSTRUCTIONS",
                                           "MKL_DEBUG_CPU_TYPE",
                                           "MKL_INTERFACE_LAYER",
                                           "MKL_THREADING_LAYER",
                                           "BLIS_NUM_THREADS",
                                           "BLIS_ARCH_TYPE",
                                           "OPENBLAS_CORETYPE",
                                           "LAPACKE_NANCHECK",
                                           "FLEXIBLAS" };
  static const char *const numbers[] = { "openblas_get_num_threads", "MKL_Get_Max_Threads",    "bli_thread_get_num_threads",
                                         "omp_get_max_threads",      "omp_in_parallel",        "fftw_planner_nthreads",
                                         "fftwf_planner_nthreads",   "fftwl_planner_nthreads", "LAPACKE_get_nancheck" };

  for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
    const char *value = getenv (variables[i]);

    hashcache__hash_string (hasher, value ? value : "");
  }
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    hashcache__hash_number (hasher, numbers[i]);
  hashcache__hash_text (hasher, "openblas_get_corename");
  hashcache__hash_text (hasher, "bli_info_get_version_str");
  hashcache__hash_u64 (hasher, hashcache__usable_processors ());
  hashcache__hash_model (hasher);
}

/* Locale -------------------------------------------------------------------------------------------------------------- */

/* Whether this thread has a locale of its own, which need not have a name. */
static int
hashcache__own_locale (void)
{
  return hashcache__uselocale (NULL) != (void *) -1; /* LC_GLOBAL_LOCALE */
}

static void
hashcache__hash_locale (struct hashcache__hasher *hasher)
{
  const char *name = setlocale (LC_ALL, NULL), *path = getenv ("LOCPATH");

  hashcache__hash_string (hasher, name ? name : "");
  hashcache__hash_string (hasher, path ? path : "");
}

/* Why a call below which LEAVES are cannot be cached now, NULL if it can. */
static const char *
hashcache__leaves_obstacle (struct hashcache__leaves *leaves, int mode)
{
  if (hashcache__identify_leaves (leaves, mode))
    return "a library that it calls cannot be told from another build of it: it has no build id, and its file cannot be read or "
           "has "
           "been replaced (HASHCACHE_LIBS=none asks no such question)";
  if (leaves->local && hashcache__own_locale ())
    return "it depends on the locale, and this thread has one of its own (uselocale)";
  return NULL;
}

/* The key's part for LEAVES, which have been identified for MODE. */
static struct hashcache__digest
hashcache__digest_leaves (const struct hashcache__leaves *leaves, int mode)
{
  struct hashcache__hasher hasher;

  hashcache__hash_start (&hasher);
  hashcache__hash_bytes (&hasher, leaves->identities[mode].bytes, sizeof leaves->identities[mode].bytes);
  hashcache__hash_u64 (&hasher, (uint64_t) leaves->tuned);
  if (leaves->tuned)
    hashcache__hash_kernels (&hasher);
  if (leaves->local)
    hashcache__hash_locale (&hasher);
  return hashcache__hash_finish (&hasher);
}

#endif

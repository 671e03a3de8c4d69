/* huge_pages.h: huge pages for memory that is about to be filled, and that nobody has touched yet.
   SPDX-License-Identifier: BSD-2-Clause

   The kernel maps such memory page by page while it is written, which takes three times as long as copying to it. Where the system gives
   huge pages to those who ask (/sys/kernel/mm/transparent_hugepage/enabled says "madvise") they are made here by MADV_COLLAPSE, of Linux 6.1.
   MADV_HUGEPAGE, which is older, cuts the program's mapping in pieces, which it can then no longer grow (mremap). Where the system
   gives them always or never, or does not know how, nothing is done.

   Only huge pages that are filled as a whole are made: no memory is wasted. What the memory holds stays. */
#ifndef HASHCACHE_HUGE_PAGES_H
#define HASHCACHE_HUGE_PAGES_H

#include "process.h"

enum {
  HASHCACHE__POPULATE_WRITE = 23, /* advice of Linux that the C library may not know: MADV_POPULATE_WRITE */
  HASHCACHE__COLLAPSE = 25,       /* and MADV_COLLAPSE */
  HASHCACHE__HUGE_MOST = 8192     /* pages in a huge one */
};

/* Bytes of the pages that are huge for those who ask; 0 if there are none. */
static size_t
hashcache__find_huge_page (void)
{
  char text[64];
  unsigned long size;

  if (hashcache__read_text ("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text) == 0 || !strstr (text, "[madvise]")
      || hashcache__read_text ("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text, sizeof text) == 0)
    return 0;
  size = strtoul (text, NULL, 10);
  return (size & (size - 1)) == 0 ? size : 0;
}

/* The same, looked up once. */
static size_t
hashcache__huge_page (void)
{
  static _Atomic size_t known = SIZE_MAX;
  size_t size = atomic_load_explicit (&known, memory_order_relaxed);

  if (size == SIZE_MAX) {
    size = hashcache__find_huge_page ();
    atomic_store_explicit (&known, size, memory_order_relaxed);
  }
  return size;
}

/* Whether nobody has touched the huge page at AT, of SIZE. Where much has been, the first page tells. */
static int
hashcache__is_untouched (unsigned char *at, size_t size)
{
  const long page = sysconf (_SC_PAGESIZE);
  unsigned char present[HASHCACHE__HUGE_MOST];

  if (page <= 0 || size / (size_t) page > sizeof present || mincore (at, (size_t) page, present) != 0 || (present[0] & 1)
      || mincore (at, size, present) != 0)
    return 0;
  for (size_t i = 0; i < size / (size_t) page; i++)
    if (present[i] & 1)
      return 0;
  return 1;
}

/* How huge pages have come so far in one piece of work, for its next ones; zero in the beginning. */
struct hashcache__huge_pages {
  int refused;         /* there are none */
  unsigned slow, left; /* so many in a row have come slowly; before the next is asked for so many are left small */
};

/* Makes the memory AT, which nobody has touched, one huge page of SIZE. Where that takes longer than small pages do, since the kernel has to
   move other memory away first or gets it from the host of a virtual machine, twice as many as before are left small. */
static void
hashcache__make_huge_page (struct hashcache__huge_pages *pages, unsigned char *at, size_t size)
{
  enum { MOST_SLOW = 16 };
  const double worth = 5e-10 * (double) size; /* seconds */
  const double began = hashcache__now ();

  pages->refused = madvise (at, 1, HASHCACHE__POPULATE_WRITE) != 0 || madvise (at, size, HASHCACHE__COLLAPSE) != 0;
  if (hashcache__now () - began < worth)
    pages->slow = 0;
  else if (pages->slow < MOST_SLOW)
    pages->slow++;
  pages->left = (1u << pages->slow) - 1;
}

/* Makes huge pages of the memory FROM TO, which will be filled, where one begins before NEXT: from there on the caller will ask again. */
static void
hashcache__make_huge_pages (struct hashcache__huge_pages *pages, unsigned char *from, const unsigned char *next,
                            const unsigned char *to)
{
  const size_t size = hashcache__huge_page ();
  unsigned char *at = from;

  if (size == 0)
    return;
  at += (size - (uintptr_t) at % size) % size;
  for (; at < next && size <= (size_t) (to - at) && !pages->refused; at += size)
    if (pages->left > 0)
      pages->left--;
    else if (hashcache__is_untouched (at, size))
      hashcache__make_huge_page (pages, at, size);
}

#endif

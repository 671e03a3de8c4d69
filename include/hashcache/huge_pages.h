/* huge_pages.h: huge pages for memory that is about to be filled, and that nobody has touched yet.
   SPDX-License-Identifier: BSD-2-Clause

   The kernel maps such memory page by page while it is written, which takes three times as long as copying to it. Where the system gives
   huge pages to those who ask (/sys/kernel/mm/transparent_hugepage/enabled says "madvise") they are made here by MADV_COLLAPSE, of Linux 6.1.
   MADV_HUGEPAGE, which is older, cuts the program's mapping in pieces, which it can then no longer grow (mremap). Where the system
   gives them always or never, or does not know how, nothing is done.

   Only huge pages that are filled as a whole are made: no memory is wasted. What the memory holds stays. Memory that processes share gets
   them as well, if the kernel can. */
#ifndef HASHCACHE_HUGE_PAGES_H
#define HASHCACHE_HUGE_PAGES_H

#include "process.h"

enum {
  HASHCACHE__POPULATE_WRITE = 23, /* advice of Linux that the C library may not know: MADV_POPULATE_WRITE */
  HASHCACHE__COLLAPSE = 25,       /* and MADV_COLLAPSE */
  HASHCACHE__WORTH_HUGE = 4 << 20 /* bytes from which on it is worth while to ask */
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
  enum { TOGETHER = 512 };
  const size_t page = hashcache__page_size ();
  unsigned char present[TOGETHER];

  if (mincore (at, page, present) != 0 || (present[0] & 1))
    return 0;
  for (size_t done = 0; done < size; done += TOGETHER * page) {
    const size_t n = (size - done) / page < TOGETHER ? (size - done) / page : TOGETHER;

    if (mincore (at + done, n * page, present) != 0)
      return 0;
    for (size_t i = 0; i < n; i++)
      if (present[i] & 1)
        return 0;
  }
  return 1;
}

/* How huge pages have come so far in this process. Threads may see each other's news late: no harm. */
static struct {
  _Atomic int given_up;  /* none are asked for any more */
  _Atomic unsigned slow; /* so many in a row have come slowly or not at all, */
  _Atomic unsigned left; /* and so many are left small before the next is asked for */
} hashcache__huge_pages;

/* Makes the memory AT, which nobody has touched, one huge page of SIZE: 0, or -1. The kernel takes it from the node where a page of it is
   already. That one is chosen so that on a machine whose memory is interleaved huge pages are, too. */
static int
hashcache__collapse (unsigned char *at, size_t size)
{
  const size_t page = hashcache__page_size ();
  unsigned char *first = at + (uintptr_t) at / size % (size / page) * page;

  return madvise (first, page, HASHCACHE__POPULATE_WRITE) == 0 && madvise (at, size, HASHCACHE__COLLAPSE) == 0 ? 0 : -1;
}

/* The same, and learns from it. Where there is none, or it takes longer than small pages do, since the kernel has to move other memory away
   first, wait for a processor, or get memory from the host of a virtual machine, twice as many as before are left small. Who was
   held up for long does not ask again. */
static void
hashcache__make_huge_page (unsigned char *at, size_t size)
{
  enum { MOST_SLOW = 10 };
  const double worth = 2e-10 * (double) size, too_long = 1e-8 * (double) size; /* seconds */
  const double began = hashcache__now ();
  const int failed = hashcache__collapse (at, size);
  const double seconds = hashcache__now () - began;
  unsigned slow = failed || seconds > worth ? atomic_load (&hashcache__huge_pages.slow) + 1 : 0;

  slow = slow < MOST_SLOW ? slow : MOST_SLOW;
  atomic_store (&hashcache__huge_pages.slow, slow);
  atomic_store (&hashcache__huge_pages.left, (1u << slow) - 1);
  if (seconds > too_long)
    atomic_store (&hashcache__huge_pages.given_up, 1);
}

/* Whether the next one is to be left small. */
static int
hashcache__leave_small (void)
{
  const unsigned left = atomic_load (&hashcache__huge_pages.left);

  if (left > 0)
    atomic_store (&hashcache__huge_pages.left, left - 1);
  return left > 0;
}

/* Makes huge pages of the N bytes at TO, which will be filled, where one begins among the first NEXT: from there on the caller will ask
   again. */
static void
hashcache__make_huge_pages (unsigned char *to, uint64_t next, uint64_t n)
{
  const size_t size = hashcache__huge_page ();
  uint64_t at = size == 0 ? next : -(uintptr_t) to & (size - 1);

  for (; at < next && n - at >= size && !atomic_load (&hashcache__huge_pages.given_up); at += size)
    if (hashcache__is_untouched (to + at, size) && !hashcache__leave_small ())
      hashcache__make_huge_page (to + at, size);
}

#endif

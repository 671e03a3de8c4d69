/* bell.h: wakes who waits for a word of a file to change, on one machine.
   SPDX-License-Identifier: BSD-2-Clause

   The file's page is mapped, and only the kernel looks at it (futex.h): should somebody have truncated the file, that is an error there
   and no signal here. Nothing rests on a bell: a sleep ends in time all the same. Not by inotify: its instances are few, and closing one
   takes milliseconds. */
#ifndef HASHCACHE_BELL_H
#define HASHCACHE_BELL_H

#include "futex.h"
#include <sys/mman.h>

/* A page of a file. */
struct hashcache__bell {
  char *page; /* NULL: there is none */
  size_t size;
  const char *word;
};

/* Maps the word at OFFSET, which is aligned, of the file FD. */
static struct hashcache__bell
hashcache__bell_map (int fd, off_t offset)
{
  struct hashcache__bell bell = { .size = hashcache__page_size () };
  const off_t within = offset % (off_t) bell.size;
  void *page = mmap (NULL, bell.size, PROT_READ, MAP_SHARED, fd, offset - within);

  if (page != MAP_FAILED) {
    bell.page = page;
    bell.word = bell.page + within;
  }
  return bell;
}

static void
hashcache__bell_unmap (struct hashcache__bell *bell)
{
  if (bell->page)
    munmap (bell->page, bell->size);
}

/* Wakes those who wait for the word at OFFSET of the file FD, which has been changed. */
static void
hashcache__bell_ring (int fd, off_t offset)
{
  struct hashcache__bell bell = hashcache__bell_map (fd, offset);

  if (bell.page)
    hashcache__futex_wake (bell.word);
  hashcache__bell_unmap (&bell);
}

/* Sleeps until the word at OFFSET of the file FD rings, SECONDS are over, or at once if it is not VALUE. 0 if that cannot be had: nothing was
   waited for. */
static int
hashcache__bell_await (int fd, off_t offset, uint32_t value, double seconds)
{
  struct hashcache__bell bell = hashcache__bell_map (fd, offset);
  const int waited =
      bell.page
      && (hashcache__futex_wait (bell.word, value, seconds) == 0 || errno == EAGAIN || errno == ETIMEDOUT || errno == EINTR);

  hashcache__bell_unmap (&bell);
  return waited;
}

#endif

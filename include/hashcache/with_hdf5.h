/* with_hdf5.h: runs our HDF5 calls so that the host does not notice.
   SPDX-License-Identifier: BSD-2-Clause

   One at a time in this process (not every libhdf5 is thread-safe), nothing printed, the host's error stack as it was. A fork
   waits until nobody is inside, so that a child can go on. */
#ifndef HASHCACHE_WITH_HDF5_H
#define HASHCACHE_WITH_HDF5_H

#include "posix.h"
#include <hdf5.h>

typedef int hashcache__hdf5_work (void *context);

static pthread_mutex_t hashcache__hdf5_mutex = PTHREAD_MUTEX_INITIALIZER;

static void
hashcache__hdf5_before_fork (void)
{
  pthread_mutex_lock (&hashcache__hdf5_mutex);
}

static void
hashcache__hdf5_after_fork (void)
{
  pthread_mutex_unlock (&hashcache__hdf5_mutex);
}

static void
hashcache__hdf5_mind_forks (void)
{
  (void) pthread_atfork (hashcache__hdf5_before_fork, hashcache__hdf5_after_fork, hashcache__hdf5_after_fork);
}

/* Returns what WORK returns. */
static int
hashcache__with_hdf5 (hashcache__hdf5_work *work, void *context)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  int result;
  hid_t stack;

  pthread_once (&once, hashcache__hdf5_mind_forks);
  pthread_mutex_lock (&hashcache__hdf5_mutex);
  stack = H5Eget_current_stack ();
  H5E_BEGIN_TRY
  {
    result = work (context);
  }
  H5E_END_TRY;
  if (stack >= 0)
    H5Eset_current_stack (stack); /* closes it, too */
  pthread_mutex_unlock (&hashcache__hdf5_mutex);
  return result;
}

#endif

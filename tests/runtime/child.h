/* child.h: a test's child process.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef CHILD_H
#define CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* As fork, which must succeed; what the parent has printed is not printed twice. */
static inline pid_t
fork_child (void)
{
  pid_t child;

  fflush (NULL);
  child = fork ();
  assert_true (child >= 0);
  return child;
}

/* What CHILD has ended with; a signal fails the test. */
static inline int
await_child (pid_t child)
{
  int status = 0;

  assert_int_equal (waitpid (child, &status, 0), child);
  if (!WIFEXITED (status))
    fail_msg ("killed by signal %d", WTERMSIG (status));
  return WEXITSTATUS (status);
}

#endif

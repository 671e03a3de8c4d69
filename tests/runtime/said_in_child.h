/* said_in_child.h: what a child process says on stderr. After make_scratch of sample_call.h.
   SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAID_IN_CHILD_H
#define SAID_IN_CHILD_H

#include "sample_call.h"

#include "child.h"

/* Runs BODY in a child with its stderr in a file. Returns what BODY returns; killing signals fail the test. */
static int
in_child (int (*body) (void))
{
  const pid_t child = fork_child ();

  if (child == 0) {
    const int fd = open (scratch_path ("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    dup2 (fd, STDERR_FILENO);
    _exit (body ());
  }
  return await_child (child);
}

static const char *
said (void)
{
  char command[1024];

  snprintf (command, sizeof command, "cat '%s/stderr'", scratch);
  return output_of (command);
}

static void
said_one_line_with (const char *part)
{
  const char *text = said ();
  const char *newline = strchr (text, '\n');

  if (strncmp (text, "hashcache: ", 11) != 0 || !newline || newline[1] != '\0' || !strstr (text, part))
    fail_msg ("expected one line with: %s\nsaid: %s", part, text);
}

#endif

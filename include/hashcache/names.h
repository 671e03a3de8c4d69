/* names.h: lists of names as users write them: "MPI_*, rand".
   SPDX-License-Identifier: BSD-2-Clause

   Commas and spaces separate the names; * in one stands for any characters, none included. The plugin and the runtime judge by the
   same functions, so that what is allowed in one unit is allowed across units. */
#ifndef HASHCACHE_NAMES_H
#define HASHCACHE_NAMES_H

#include <stddef.h>
#include <string.h>

/* Whether the LENGTH characters of PATTERN match all of NAME. */
static inline int
hashcache__name_matches (const char *pattern, size_t length, const char *name)
{
  const char *end = pattern + length, *star = NULL, *retry = NULL;

  for (;;) {
    if (pattern < end && *pattern == '*') {
      star = ++pattern;
      retry = name;
    } else if (*name == '\0' && pattern == end)
      return 1;
    else if (*name != '\0' && pattern < end && *pattern == *name)
      pattern++, name++;
    else if (star && *retry != '\0') { /* the last star takes one more character */
      pattern = star;
      name = ++retry;
    } else
      return 0;
  }
}

/* Whether NAME is in LIST; nothing is in NULL, and NULL is in no list. */
static inline int
hashcache__listed (const char *list, const char *name)
{
  while (list && name && *list) {
    const size_t length = strcspn (list, ", \t\n");

    if (length > 0 && hashcache__name_matches (list, length, name))
      return 1;
    list += length + (list[length] != '\0');
  }
  return 0;
}

#endif

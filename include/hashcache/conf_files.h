/* conf_files.h: settings in files: $HASHCACHE_DIR/hashcache.conf for all who use a cache, /etc/hashcache.conf for a machine.
   SPDX-License-Identifier: BSD-2-Clause

   A line is a comment that begins with #, or NAME = VALUE, where NAME is that of the environment's variable, with or without HASHCACHE_.
   A line that is neither is said, with its place, and skipped. A file that others than its owner and group can write is not read. */
#ifndef HASHCACHE_CONF_FILES_H
#define HASHCACHE_CONF_FILES_H

#include "errors.h"
#include "message.h"
#include "posix.h"

enum { HASHCACHE__CONF_SIZE = 65536 };

/* What becomes of a setting: takes NAME and VALUE from line LINE of FILE. Returns an error of errors.h. */
typedef int hashcache__conf_taker (void *context, const char *name, const char *value, const char *file, unsigned line);

/* Whether the open file FD is one to trust: says why not. */
static int
hashcache__conf_is_safe (int fd, const char *path)
{
  struct stat file;

  if (fstat (fd, &file) != 0)
    return 0;
  if (S_ISREG (file.st_mode) && !(file.st_mode & S_IWOTH))
    return 1;
  hashcache__trouble (NULL, "%s is not read: %s", path,
                      S_ISREG (file.st_mode) ? "everybody can write it; take that away with chmod o-w" : "it is no file");
  return 0;
}

/* Reads all of FD into TEXT, as a string: 0, or -1 with errno. */
static int
hashcache__conf_read (int fd, char text[HASHCACHE__CONF_SIZE])
{
  size_t n = 0;

  while (n < HASHCACHE__CONF_SIZE) {
    const ssize_t done = read (fd, text + n, HASHCACHE__CONF_SIZE - n);

    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return -1;
    if (done == 0) {
      text[n] = '\0';
      return 0;
    }
    n += (size_t) done;
  }
  errno = EFBIG;
  return -1;
}

/* The text between FROM and TO without white space around it, ended there. */
static char *
hashcache__conf_trim (char *from, char *to)
{
  while (from < to && strchr (" \t\r", *from))
    from++;
  while (to > from && strchr (" \t\r", to[-1]))
    to--;
  *to = '\0';
  return from;
}

static void
hashcache__conf_line (char *line, char *end, const char *path, unsigned number, hashcache__conf_taker *taker, void *context)
{
  char *text = hashcache__conf_trim (line, end), *equals = strchr (text, '='), *name;
  int error = HASHCACHE_BAD_VALUE;

  if (*text == '\0' || *text == '#')
    return;
  if (equals) {
    char *value = hashcache__conf_trim (equals + 1, equals + 1 + strlen (equals + 1));

    name = hashcache__conf_trim (text, equals);
    error = taker (context, name, value, path, number);
    if (error == HASHCACHE_UNKNOWN_NAME)
      hashcache__trouble (NULL, "%s:%u: there is no setting %s: the line is ignored", path, number, name);
  } else
    hashcache__trouble (NULL, "%s:%u: the line is ignored: it is not NAME = VALUE", path, number);
}

static void
hashcache__conf_lines (char *text, const char *path, hashcache__conf_taker *taker, void *context)
{
  unsigned number = 0;

  while (text) {
    char *end = strchr (text, '\n');
    char *next = end ? end + 1 : NULL;

    hashcache__conf_line (text, end ? end : text + strlen (text), path, ++number, taker, context);
    text = next;
  }
}

/* Gives the settings in the file PATH, if there is one, to TAKER. */
static void
hashcache__read_conf_file (const char *path, hashcache__conf_taker *taker, void *context)
{
  const int fd = hashcache__open (path, O_RDONLY | O_NONBLOCK | HASHCACHE__O_NOFOLLOW);
  char *text;

  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EMFILE || errno == ENFILE))
    return; /* who has no descriptors left will hear so from the cache itself */
  text = fd >= 0 ? malloc (HASHCACHE__CONF_SIZE) : NULL;
  if (text && hashcache__conf_is_safe (fd, path)) {
    if (hashcache__conf_read (fd, text) == 0)
      hashcache__conf_lines (text, path, taker, context);
    else
      hashcache__trouble (NULL, "%s is not read: %s", path, strerror (errno));
  } else if (!text)
    hashcache__trouble (NULL, "%s is not read: %s", path, strerror (errno));
  free (text);
  if (fd >= 0)
    close (fd);
}

#endif

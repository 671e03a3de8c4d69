/* setting_values.h: what the values of settings may be.
   SPDX-License-Identifier: BSD-2-Clause

   Each hashcache__parse_... takes a VALUE that is not empty and returns HASHCACHE_OK, or an error and leaves *RESULT alone. None asks
   the host's locale. */
#ifndef HASHCACHE_SETTING_VALUES_H
#define HASHCACHE_SETTING_VALUES_H

#include "errors.h"
#include "leaves.h"
#include "posix.h"

enum {
  HASHCACHE__MODE_ON = 1,
  HASHCACHE__MODE_OFF = 2,
  HASHCACHE__MODE_READONLY = 3, /* nothing is written to the cache directory                 */
  HASHCACHE__MODE_REFRESH = 4,  /* every call is computed, and its entry replaced            */
  HASHCACHE__MODE_VERIFY = 5,   /* hits are computed as well, and compared                   */
  HASHCACHE__MODE_AUDIT = 6     /* misses are computed twice, over different memory, and compared */
};

enum { HASHCACHE__INPUTS_DIGEST = 1, HASHCACHE__INPUTS_FULL = 2 };

static char *
hashcache__copy (const char *string)
{
  const size_t n = strlen (string) + 1;
  char *copy = malloc (n);

  return copy ? memcpy (copy, string, n) : NULL;
}

/* DIRECTORY "/" NAME, malloc'ed, or NULL without memory. */
static char *
hashcache__path (const char *directory, const char *name)
{
  const size_t n = strlen (directory), m = strlen (name);
  char *path = malloc (n + m + 2);

  if (!path)
    return NULL;
  memcpy (path, directory, n);
  path[n] = '/';
  memcpy (path + n + 1, name, m + 1);
  return path;
}

/* The program may change its directory later, and the cache shall not move with it. NULL if the path cannot be made. */
static char *
hashcache__absolute (const char *path)
{
  char *directory, *absolute;

  if (path[0] == '/')
    return hashcache__copy (path);
  directory = getcwd (NULL, 0);
  if (!directory)
    return NULL;
  absolute = hashcache__path (directory, path);
  free (directory);
  return absolute;
}

/* The ordinal, from 1, of VALUE among WORDS, which NULL ends. */
static int
hashcache__parse_word (const char *value, const char *const *words, int *result)
{
  for (int i = 0; words[i]; i++)
    if (strcmp (value, words[i]) == 0) {
      *result = i + 1;
      return HASHCACHE_OK;
    }
  return HASHCACHE_BAD_VALUE;
}

static int
hashcache__parse_mode (const char *value, void *result)
{
  static const char *const modes[] = { "on", "off", "readonly", "refresh", "verify", "audit", NULL };

  return hashcache__parse_word (value, modes, result);
}

static int
hashcache__parse_libs (const char *value, void *result)
{
  static const char *const ways[] = { "version", "build-id", "none", NULL }; /* in the order of leaves.h */

  return hashcache__parse_word (value, ways, result);
}

static int
hashcache__parse_inputs (const char *value, void *result)
{
  static const char *const ways[] = { "digest", "full", NULL };

  return hashcache__parse_word (value, ways, result);
}

static int
hashcache__parse_digit (const char *value, char most, void *result)
{
  int *number = result;

  if (value[0] < '0' || value[0] > most || value[1] != '\0')
    return HASHCACHE_BAD_VALUE;
  *number = value[0] - '0';
  return HASHCACHE_OK;
}

static int
hashcache__parse_switch (const char *value, void *result)
{
  return hashcache__parse_digit (value, '1', result);
}

static int
hashcache__parse_verbose (const char *value, void *result)
{
  return hashcache__parse_digit (value, '3', result);
}

/* A whole number; *END is what follows it. */
static int
hashcache__parse_whole (const char *value, const char **end, uint64_t *result)
{
  uint64_t number = 0;
  const char *c = value;

  for (; *c >= '0' && *c <= '9'; c++)
    if (__builtin_mul_overflow (number, 10u, &number) || __builtin_add_overflow (number, (uint64_t) (*c - '0'), &number))
      return HASHCACHE_BAD_VALUE;
  if (c == value)
    return HASHCACHE_BAD_VALUE;
  *end = c;
  *result = number;
  return HASHCACHE_OK;
}

/* A whole number of bytes, or of K, M, G, T (powers of 1024). */
static int
hashcache__parse_size (const char *value, void *result)
{
  static const char units[] = "KMGT";
  uint64_t size;
  const char *c;

  if (hashcache__parse_whole (value, &c, &size) != HASHCACHE_OK)
    return HASHCACHE_BAD_VALUE;
  if (*c != '\0') {
    const char upper = (char) (*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    const char *unit = strchr (units, upper);

    if (!unit || c[1] != '\0' || __builtin_mul_overflow (size, UINT64_C (1) << (10 * (unit - units + 1)), &size))
      return HASHCACHE_BAD_VALUE;
  }
  *(uint64_t *) result = size;
  return HASHCACHE_OK;
}

static int
hashcache__is_none (const char *value)
{
  return strcmp (value, "none") == 0;
}

static int
hashcache__parse_size_limit (const char *value, void *result)
{
  if (!hashcache__is_none (value))
    return hashcache__parse_size (value, result);
  *(uint64_t *) result = UINT64_MAX;
  return HASHCACHE_OK;
}

static int
hashcache__parse_number_limit (const char *value, void *result)
{
  uint64_t number = UINT64_MAX;
  const char *end = "";

  if (!hashcache__is_none (value) && (hashcache__parse_whole (value, &end, &number) != HASHCACHE_OK || *end != '\0'))
    return HASHCACHE_BAD_VALUE;
  *(uint64_t *) result = number;
  return HASHCACHE_OK;
}

/* Threads: 1 to 256. */
static int
hashcache__parse_threads (const char *value, void *result)
{
  uint64_t number;
  const char *end;

  if (hashcache__parse_whole (value, &end, &number) != HASHCACHE_OK || *end != '\0' || number < 1 || number > 256)
    return HASHCACHE_BAD_VALUE;
  *(int *) result = (int) number;
  return HASHCACHE_OK;
}

/* A number such as 30, 0.5 or 1e-9. Not by strtod: its decimal point is that of the host's locale. */
static int
hashcache__parse_number (const char *value, void *result)
{
  double number = 0.0, unit = 1.0;
  const char *c = value;
  int digits = 0;

  for (; *c >= '0' && *c <= '9'; c++, digits++)
    number = 10.0 * number + (*c - '0');
  if (*c == '.')
    for (c++; *c >= '0' && *c <= '9'; c++, digits++)
      number += (unit /= 10.0) * (*c - '0');
  if (digits > 0 && (*c == 'e' || *c == 'E') && c[1] == '-' && c[2] >= '0' && c[2] <= '9') {
    int exponent = 0;

    for (c += 2; *c >= '0' && *c <= '9' && exponent < 1000; c++)
      exponent = 10 * exponent + (*c - '0');
    while (exponent-- > 0)
      number /= 10.0;
  }
  if (digits == 0 || digits > 30 || *c != '\0')
    return HASHCACHE_BAD_VALUE;
  *(double *) result = number;
  return HASHCACHE_OK;
}

static int
hashcache__parse_seconds (const char *value, void *result)
{
  double seconds;

  if (hashcache__parse_number (value, &seconds) != HASHCACHE_OK)
    return HASHCACHE_BAD_VALUE;
  *(double *) result = seconds < 1e9 ? seconds : 1e9; /* 30 years: anything longer would overflow a timespec somewhere */
  return HASHCACHE_OK;
}

/* A whole number of seconds, or of minutes, hours, days or weeks: 45m, 30d. */
static int
hashcache__parse_age (const char *value, void *result)
{
  static const struct {
    char unit;
    uint64_t seconds;
  } units[] = { { '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
  uint64_t age = UINT64_MAX;
  const char *end;

  if (hashcache__is_none (value)) {
    *(uint64_t *) result = age;
    return HASHCACHE_OK;
  }
  if (hashcache__parse_whole (value, &end, &age) != HASHCACHE_OK)
    return HASHCACHE_BAD_VALUE;
  for (size_t i = 0; i < sizeof units / sizeof *units; i++)
    if (*end == units[i].unit && (*end == '\0' || end[1] == '\0') && !__builtin_mul_overflow (age, units[i].seconds, &age)) {
      *(uint64_t *) result = age;
      return HASHCACHE_OK;
    }
  return HASHCACHE_BAD_VALUE;
}

/* An octal mask such as 002 or 0027. */
static int
hashcache__parse_umask (const char *value, void *result)
{
  int mask = 0;
  const char *c = value;

  for (; *c >= '0' && *c <= '7' && c - value < 4; c++)
    mask = 8 * mask + (*c - '0');
  if (*c != '\0' || mask > 0777 || (mask & 0700))
    return HASHCACHE_BAD_VALUE;
  *(int *) result = mask;
  return HASHCACHE_OK;
}

static int
hashcache__take_string (char *string, char **result)
{
  if (!string)
    return HASHCACHE_NO_MEMORY;
  free (*result);
  *result = string;
  return HASHCACHE_OK;
}

static int
hashcache__parse_path (const char *value, void *result)
{
  return hashcache__take_string (hashcache__absolute (value), result);
}

/* A name and numbers: none, deflate:6, 32001:0:0:0:0:5:1:2. What filters there are, and what they take, only HDF5 knows. */
static int
hashcache__parse_compress (const char *value, void *result)
{
  if (strspn (value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-:") != strlen (value) || value[0] == ':')
    return HASHCACHE_BAD_VALUE;
  if (!hashcache__is_none (value))
    return hashcache__take_string (hashcache__copy (value), result);
  free (*(char **) result);
  *(char **) result = NULL;
  return HASHCACHE_OK;
}

#endif

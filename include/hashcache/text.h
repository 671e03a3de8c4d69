/* text.h: a growing text, and JSON written into it.
   SPDX-License-Identifier: BSD-2-Clause

   Running out of memory makes the text NULL for good; the writer checks once, at the end. Output does not depend on the locale. */
#ifndef HASHCACHE_TEXT_H
#define HASHCACHE_TEXT_H

#include "posix.h"
#include <stdarg.h>

struct hashcache__text {
  char *string; /* malloc'ed, NUL-terminated; NULL while empty, and after a failure */
  size_t length;
  size_t capacity;
  int failed;
};

static void
hashcache__text_free (struct hashcache__text *text)
{
  free (text->string);
  memset (text, 0, sizeof *text);
}

static void
hashcache__text_fail (struct hashcache__text *text)
{
  hashcache__text_free (text);
  text->failed = 1;
}

static void
hashcache__text_bytes (struct hashcache__text *text, const char *bytes, size_t n)
{
  if (text->failed)
    return;
  if (n >= text->capacity - text->length || !text->string) {
    const size_t capacity = 2 * (text->length + n) + 128;
    char *larger = realloc (text->string, capacity);

    if (!larger) {
      hashcache__text_fail (text);
      return;
    }
    text->string = larger;
    text->capacity = capacity;
  }
  memcpy (text->string + text->length, bytes, n);
  text->length += n;
  text->string[text->length] = '\0';
}

static void
hashcache__text_put (struct hashcache__text *text, const char *string)
{
  hashcache__text_bytes (text, string, strlen (string));
}

__attribute__ ((format (printf, 2, 3))) static void
hashcache__text_format (struct hashcache__text *text, const char *format, ...)
{
  char line[512];
  va_list arguments;
  int n;

  va_start (arguments, format);
  n = vsnprintf (line, sizeof line, format, arguments);
  va_end (arguments);
  if (n < 0 || (size_t) n >= sizeof line)
    hashcache__text_fail (text);
  else
    hashcache__text_bytes (text, line, (size_t) n);
}

/* Seconds with nine decimals and always a point, whatever the locale. */
static void
hashcache__text_nanoseconds (struct hashcache__text *text, uint64_t nanoseconds)
{
  hashcache__text_format (text, "%llu.%09llu", (unsigned long long) (nanoseconds / 1000000000u),
                          (unsigned long long) (nanoseconds % 1000000000u));
}

/* Length of the UTF-8 character at S (1 to 4), 0 if there is none: overlong forms and surrogates are none. */
static size_t
hashcache__utf8_length (const unsigned char *s)
{
  if (s[0] < 0x80)
    return 1;
  if (s[0] < 0xc2 || s[0] > 0xf4 || (s[1] & 0xc0) != 0x80)
    return 0;
  if (s[0] < 0xe0)
    return 2;
  if ((s[2] & 0xc0) != 0x80 || (s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
    return 0;
  if (s[0] < 0xf0)
    return 3;
  if ((s[3] & 0xc0) != 0x80 || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
    return 0;
  return 4;
}

/* STRING as a JSON string with its quotes; NULL becomes null, bytes that are no UTF-8 become U+FFFD. */
static void
hashcache__text_json (struct hashcache__text *text, const char *string)
{
  if (!string) {
    hashcache__text_put (text, "null");
    return;
  }
  hashcache__text_put (text, "\"");
  for (const unsigned char *s = (const unsigned char *) string; *s;) {
    const size_t n = hashcache__utf8_length (s);

    if (n == 0)
      hashcache__text_put (text, "\\ufffd");
    else if (*s == '"' || *s == '\\')
      hashcache__text_format (text, "\\%c", *s);
    else if (*s < 0x20 || *s == 0x7f)
      hashcache__text_format (text, "\\u%04x", (unsigned) *s);
    else
      hashcache__text_bytes (text, (const char *) s, n);
    s += n > 0 ? n : 1;
  }
  hashcache__text_put (text, "\"");
}

#endif

/* test_telling.c: what the cache tells is true, complete and of a form that stays: the summary, the line a call, the JSON line a process.
   SPDX-License-Identifier: BSD-2-Clause

   A child process for each case that ends: what is told at exit is told once. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include "counted_calls.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* Calls ------------------------------------------------------------------------------------------------------------------- */

static int nap; /* microseconds that the body of f takes */
static double scale = 0.5, sums[4] = { 1, 2, 3, 4 };
static int version = 1;

struct box {
  int kind;
  double width;
};

static const struct hashcache__type doubles_type = {
  .kind = HASHCACHE__ARRAY, .flags = HASHCACHE__DENSE, .size = sizeof sums, .count = 4, .element = &double_type, .name = "double"
};
static const struct hashcache__field box_fields[] = { FIELD (struct box, kind, &int_type), FIELD (struct box, width, &double_type) };
static const struct hashcache__type box_type = STRUCT_TYPE (struct box, 0, box_fields);
static const struct hashcache__variable scale_variable = { .abi = HASHCACHE__ABI,
                                                           .name = "scale",
                                                           .place = "test.c:2:1",
                                                           .type = &double_type,
                                                           .address = &scale };
static const struct hashcache__variable sums_variable = { .abi = HASHCACHE__ABI,
                                                          .name = "sums",
                                                          .place = "test.c:3:1",
                                                          .type = &doubles_type,
                                                          .address = sums };
static struct hashcache__node helper_node = LEAF ("helper", 7), other_node = LEAF ("other", 8);
static const struct hashcache__reference f_references[] = {
  { .kind = HASHCACHE__CALL, .name = "helper", .place = "test.c:5:1", .target = &helper_node },
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "scale", .place = "test.c:6:1", .target = &scale_variable },
  { .kind = HASHCACHE__VARIABLE, .flags = HASHCACHE__READ, .name = "sums", .place = "test.c:7:1", .target = &sums_variable },
  { .kind = HASHCACHE__CALL, .name = "other", .place = "test.c:8:1", .target = &other_node },
};
static struct hashcache__node f_node = NODE ("f", 1, f_references);
static const struct hashcache__parameter f_parameters[] = {
  { .name = "n", .type = &int_type, .role = HASHCACHE__IN },
  { .name = "x", .type = &double_type, .role = HASHCACHE__IN },
  { .name = "word", .type = &char_pointer, .role = HASHCACHE__IN, .extent = &one_string },
  { .name = "box", .type = &box_type, .role = HASHCACHE__IN },
};
static struct hashcache__contract f_contract = { .abi = HASHCACHE__ABI,
                                                 .n_parameters = LENGTH (f_parameters),
                                                 .function = "f",
                                                 .source = "test.c:4",
                                                 .compiler = "gcc 1",
                                                 .text = "double f (int n, double x, const char *word, struct box box)",
                                                 .parameters = f_parameters,
                                                 .returns = &double_type,
                                                 .node = &f_node };

static double
f_of (int n, double x, const char *word, struct box box)
{
  const struct timespec moment = { 0, 1000L * nap };
  double result = 0;

  CALL (f_contract, &result,
        {
          if (nap > 0)
            nanosleep (&moment, NULL);
          result = n * scale + x + sums[0] + (double) strlen (word) + box.width + version;
        },
        &n, &x, &word, &box);
  return result;
}

static double
f (int n)
{
  return f_of (n, 1.5, "copper", (struct box){ 1, 2.5 });
}

/* Children ---------------------------------------------------------------------------------------------------------------- */

static char said_text[1 << 20];

static const char *
in_scratch (const char *name)
{
  static char path[4200];

  snprintf (path, sizeof path, "%s/%s", scratch, name);
  return path;
}

static const char *
content_of (const char *path)
{
  static char text[1 << 20];
  FILE *file = fopen (path, "r");
  size_t n;

  assert_non_null (file);
  n = fread (text, 1, sizeof text - 1, file);
  text[n] = '\0';
  fclose (file);
  return text;
}

/* Runs BODY in a child whose statistics begin with nothing, and returns what it said until it had exited. */
static const char *
said_by (void body (void))
{
  int status;
  pid_t child;

  fflush (NULL);
  child = fork ();
  assert_true (child >= 0);
  if (child == 0) {
    const int fd = open (in_scratch ("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0666);

    dup2 (fd, STDERR_FILENO);
    body ();
    exit (0);
  }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  snprintf (said_text, sizeof said_text, "%s", content_of (in_scratch ("stderr")));
  return said_text;
}

static void
assert_says (const char *text, const char *wanted)
{
  if (!strstr (text, wanted))
    fail_msg ("\"%s\" is not in:\n%s", wanted, text);
}

static void
assert_does_not_say (const char *text, const char *unwanted)
{
  if (strstr (text, unwanted))
    fail_msg ("\"%s\" is in:\n%s", unwanted, text);
}

/* The summary ------------------------------------------------------------------------------------------------------------- */

static void
quantities_are_for_people (void **state)
{
  static const struct {
    uint64_t bytes;
    const char *text;
  } sizes[] = { { 0, "0 bytes" },
                { 1, "1 byte" },
                { 1023, "1023 bytes" },
                { 1024, "1.0 KiB" },
                { 10239, "10 KiB" },
                { 1048575, "1.0 MiB" },
                { UINT64_C (5) << 30, "5.0 GiB" },
                { UINT64_MAX, "16384 PiB" } };
  static const struct {
    double seconds;
    const char *text;
  } durations[] = { { 0, "0.0 us" },       { 4e-7, "0.4 us" },  { 12.4e-6, "12 us" }, { 999.4e-6, "999 us" },
                    { 999.6e-6, "1.0 ms" }, { 0.9996, "1.0 s" }, { 3600, "3600 s" },   { -1, "0.0 us" } };

  (void) state;
  for (size_t i = 0; i < LENGTH (sizes); i++) {
    struct hashcache__text text = { 0 };

    hashcache__text_size (&text, sizes[i].bytes);
    assert_string_equal (text.string, sizes[i].text);
    hashcache__text_free (&text);
  }
  for (size_t i = 0; i < LENGTH (durations); i++) {
    struct hashcache__text text = { 0 };

    hashcache__text_duration (&text, durations[i].seconds);
    assert_string_equal (text.string, durations[i].text);
    hashcache__text_free (&text);
  }
}

static void
a_miss_and_two_hits (void)
{
  (void) f (1);
  (void) f (1);
  hashcache_drop_memory ();
  (void) f (1);
}

static void
the_summary_has_all_totals_in_one_line (void **state)
{
  const char *text = said_by (a_miss_and_two_hits);

  (void) state;
  assert_says (text, "hashcache: 3 calls: 1 from memory, 1 from the store, 1 computed, 1 stored; ");
  assert_says (text, " read, ");
  assert_says (text, " written; ");
  assert_says (text, " computing, ");
  assert_says (text, " saved\n");
  assert_ptr_equal (strchr (text, '\n'), text + strlen (text) - 1);
}

static void
many_quick_calls (void)
{
  for (int i = 0; i < 600; i++)
    (void) f (i);
}

/* A body that takes longer than any lookup does: even under valgrind. */
static void
many_slow_calls (void)
{
  nap = 20000;
  for (int i = 0; i < 18; i++)
    (void) f (i);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 18; i++)
      (void) f (i);
    hashcache_drop_memory ();
  }
}

static void
functions_that_are_computed_faster_than_looked_up_are_named (void **state)
{
  const char *text = said_by (many_quick_calls);

  (void) state;
  assert_says (text, "hashcache: looking up f (test.c:4) took ");
  assert_says (text, "s a call, computing it ");
  assert_says (text, ": leave HASHCACHE away from it\n");
  text = said_by (many_quick_calls); /* now from the store: what computing took stands in the entries */
  assert_says (text, "600 from the store");
  assert_says (text, "hashcache: looking up f (test.c:4) took ");
}

static void
functions_that_gain_are_not_named (void **state)
{
  const char *text = said_by (many_slow_calls);

  (void) state;
  assert_says (text, "54 calls: ");
  assert_does_not_say (text, "looking up");
}

static void
level_0_says_nothing (void **state)
{
  (void) state;
  assert_int_equal (hashcache_set ("VERBOSE", "0"), HASHCACHE_OK);
  assert_string_equal (said_by (many_quick_calls), "");
}

static struct hashcache__told_function
loses (const char *name, double seconds)
{
  return (struct hashcache__told_function){
    .function = name,
    .source = "a.c:1",
    .figures = { .hits_memory = 6400, .timed_hits = 100, .nanoseconds_timed = (uint64_t) (1e9 * seconds / 64) }
  };
}

static void
five_losers (void)
{
  const struct hashcache__told_function functions[] = { loses ("a", 0.1), loses ("b", 0.5), loses ("c", 0.3), loses ("d", 0.0005),
                                                        loses ("e", 0.4) };

  hashcache__say_slow_lookups (functions, LENGTH (functions));
}

static void
the_worst_three_are_named_and_what_is_timed_stands_for_the_rest (void **state)
{
  (void) state;
  assert_string_equal (said_by (five_losers),
                       "hashcache: looking up b (a.c:1) took 78 us a call, computing it 0.0 us: leave HASHCACHE away from it\n"
                       "hashcache: looking up e (a.c:1) took 63 us a call, computing it 0.0 us: leave HASHCACHE away from it\n"
                       "hashcache: looking up c (a.c:1) took 47 us a call, computing it 0.0 us: leave HASHCACHE away from it\n");
}

static void
too_few_timed_calls_tell_nothing (void **state)
{
  struct hashcache__function_figures figures = { .hits_store = 15, .timed_lookups = 15, .nanoseconds_lookups = 1000000000 };

  (void) state;
  assert_true (hashcache__seconds_lost (&figures) <= 0.0);
  figures.timed_lookups++;
  figures.hits_store++;
  assert_true (hashcache__seconds_lost (&figures) > 0.9);
}

/* The JSON line ------------------------------------------------------------------------------------------------------------- */

static void
with_statistics (void)
{
  hashcache_set ("STATS", in_scratch ("stats"));
  a_miss_and_two_hits ();
}

/* The name that follows FROM, one of `"name": ` that stands outside of a string value; NULL if none does. Names and values here have no
   quotes in them. */
static const char *
next_name (const char *from, char name[64])
{
  for (const char *quote = from; (quote = strchr (quote, '"')); quote++) {
    const size_t n = strcspn (quote + 1, "\"");

    if (n < 64 && strncmp (quote + 1 + n, "\": ", 3) == 0) {
      memcpy (name, quote + 1, n);
      name[n] = '\0';
      return quote + n + 2;
    }
    quote += n + 1;
  }
  return NULL;
}

/* The next row "| `name` | type | " of the table in the documentation. */
static const char *
next_row (const char *from, char name[64])
{
  for (const char *row = from; (row = strstr (row, "\n| `")); row += 4) {
    const size_t n = strcspn (row + 4, "`");

    if (n < 64) {
      memcpy (name, row + 4, n);
      name[n] = '\0';
      return row + 4;
    }
  }
  return NULL;
}

static void
the_fields_are_those_of_the_documentation (void **state)
{
  char documented[64], real[64];
  const char *row, *field;
  char line[8192];
  int n = 0;

  (void) state;
  (void) said_by (with_statistics);
  snprintf (line, sizeof line, "%s", content_of (in_scratch ("stats")));
  row = strstr (content_of (DOCUMENTATION), "## `HASHCACHE_STATS`");
  assert_non_null (row);
  for (field = line; (field = next_name (field, real)); n++) {
    row = next_row (row, documented);
    if (!row)
      fail_msg ("%s is not documented", real);
    assert_string_equal (documented, real);
  }
  assert_null (next_row (row, documented));
  assert_int_equal (n, 34);
}

static void
the_fields_hold_what_they_say (void **state)
{
  const char *line;

  (void) state;
  (void) said_by (with_statistics);
  line = content_of (in_scratch ("stats"));
  assert_ptr_equal (line, strstr (line, "{\"calls\": 3, \"hits_memory\": 1, \"hits_store\": 1, \"computed\": 1, \"uncached\": 0, "
                                        "\"waited\": 0, \"stored\": 1, \"store_failures\": 0, \"bad_entries\": 0, \"bytes_read\": "));
  assert_says (line, ", \"version\": 1, \"hashcache\": \"" HASHCACHE_VERSION_STRING "\", \"program\": \"");
  assert_says (line, "\"started\": \"20");
  assert_says (line, "Z\", \"ended\": \"20");
  assert_says (line, "\"functions\": [{\"function\": \"f\", \"source\": \"test.c:4\", \"its_hits_memory\": 1, \"its_hits_store\": 1, "
                     "\"its_computed\": 1, \"its_seconds_computing\": 0.");
  assert_ptr_equal (strchr (line, '\n'), line + strlen (line) - 1);
}

enum { WRITERS = 16, LINES = 100 };

/* Lines of very different lengths, as with long names of hosts, jobs and functions: each has its own letter and length. */
static void
write_lines (int writer)
{
  char line[6000];

  for (int i = 0; i < LINES; i++) {
    const size_t n = 1 + (size_t) ((writer * 577 + i * 61) % 5900);

    memset (line, 'a' + writer, n);
    line[n] = '\n';
    if (hashcache__append (in_scratch ("lines"), line, n + 1) != 0)
      _exit (1);
  }
  _exit (0);
}

static void
lines_of_many_writers_stay_whole (void **state)
{
  pid_t children[WRITERS];
  static char line[8192];
  FILE *file;
  int n = 0, status;

  (void) state;
  for (int i = 0; i < WRITERS; i++) {
    children[i] = fork ();
    if (children[i] == 0)
      write_lines (i);
  }
  for (int i = 0; i < WRITERS; i++) {
    assert_int_equal (waitpid (children[i], &status, 0), children[i]);
    assert_int_equal (status, 0);
  }
  file = fopen (in_scratch ("lines"), "r");
  assert_non_null (file);
  for (; fgets (line, sizeof line, file); n++) {
    const char letter[] = { line[0], '\0' };

    assert_in_range (line[0], 'a', 'a' + WRITERS - 1);
    assert_string_equal (line + strspn (line, letter), "\n");
  }
  fclose (file);
  assert_int_equal (n, WRITERS * LINES);
}

/* Whoever holds the lock for good holds up nobody for good. */
static void
a_lock_that_is_never_given_up_is_waited_for_only_so_long (void **state)
{
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  const int fd = open (in_scratch ("lines"), O_RDWR | O_CREAT, 0666);
  const double begin = hashcache__now ();

  (void) state;
  assert_int_equal (fcntl (fd, HASHCACHE__F_OFD_SETLK, &lock), 0);
  assert_int_equal (hashcache__append (in_scratch ("lines"), "{}\n", 3), 0);
  assert_true (hashcache__now () - begin >= 0.9 * HASHCACHE__APPEND_PATIENCE);
  assert_string_equal (content_of (in_scratch ("lines")), "{}\n");
  close (fd);
}

/* Half a line that somebody has left does not spoil the next one. */
static void
a_line_begins_on_a_line_of_its_own (void **state)
{
  (void) state;
  assert_int_equal (hashcache__append (in_scratch ("lines"), "{\"calls\": 1", 11), 0);
  assert_int_equal (hashcache__append (in_scratch ("lines"), "{}\n", 3), 0);
  assert_int_equal (hashcache__append (in_scratch ("lines"), "{}\n", 3), 0);
  assert_string_equal (content_of (in_scratch ("lines")), "{\"calls\": 1\n{}\n{}\n");
}

/* A file that may not grow takes the beginning of a line only. */
static void
a_line_that_does_not_fit_is_taken_back (void **state)
{
  static char line[8192];
  pid_t child;
  int status;

  (void) state;
  memset (line, 'x', sizeof line);
  line[sizeof line - 1] = '\n';
  child = fork ();
  if (child == 0) {
    const struct rlimit limit = { 10000, 10000 };

    setrlimit (RLIMIT_FSIZE, &limit);
    _exit (hashcache__append (in_scratch ("lines"), line, sizeof line) == 0
                   && hashcache__append (in_scratch ("lines"), line, sizeof line) != 0
               ? 0
               : 1);
  }
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_int_equal (status, 0);
  assert_int_equal (strlen (content_of (in_scratch ("lines"))), sizeof line);
}

/* Public figures ------------------------------------------------------------------------------------------------------------ */

static void
look_at_figures (void)
{
  struct hashcache_statistics s;

  nap = 1000;
  a_miss_and_two_hits ();
  if (hashcache_stats (&s) != HASHCACHE_OK || s.stored != 1 || s.bytes_read == 0 || s.bytes_written < s.bytes_read
      || s.seconds_computing < 1e-3 || s.seconds_looking_up <= 0.0 || s.seconds_waiting > 0.0)
    exit (1);
}

static void
figures_of_the_process (void **state)
{
  (void) state;
  (void) said_by (look_at_figures);
}

/* -------------------------------------------------------------------------------------------------------------------------- */

static int
begin (void **state)
{
  use_tables ();
  hashcache_drop_memory ();
  return hashcache_set ("VERBOSE", "1") || hashcache_set ("STATS", "") || make_scratch (state)
         || hashcache_set ("DIR", in_scratch ("cache"));
}

#define TOLD(function) cmocka_unit_test_setup_teardown (function, begin, remove_scratch)

int
main (void)
{
  const struct CMUnitTest tests[] = {
    TOLD (quantities_are_for_people),
    TOLD (the_summary_has_all_totals_in_one_line),
    TOLD (functions_that_are_computed_faster_than_looked_up_are_named),
    TOLD (functions_that_gain_are_not_named),
    TOLD (level_0_says_nothing),
    TOLD (the_worst_three_are_named_and_what_is_timed_stands_for_the_rest),
    TOLD (too_few_timed_calls_tell_nothing),
    TOLD (the_fields_are_those_of_the_documentation),
    TOLD (the_fields_hold_what_they_say),
    TOLD (lines_of_many_writers_stay_whole),
    TOLD (a_lock_that_is_never_given_up_is_waited_for_only_so_long),
    TOLD (a_line_begins_on_a_line_of_its_own),
    TOLD (a_line_that_does_not_fit_is_taken_back),
    TOLD (figures_of_the_process),
  };

  unsetenv ("OMPI_COMM_WORLD_RANK");
  return cmocka_run_group_tests (tests, NULL, NULL);
}

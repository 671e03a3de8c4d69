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
static const struct hashcache__field box_fields[] = { FIELD (struct box, kind, &int_type),
                                                      FIELD (struct box, width, &double_type) };
static const struct hashcache__type box_type = STRUCT_TYPE (struct box, 0, box_fields);
static const struct hashcache__variable scale_variable = {
  .abi = HASHCACHE__ABI, .name = "scale", .place = "test.c:2:1", .type = &double_type, .address = &scale
};
static const struct hashcache__variable sums_variable = {
  .abi = HASHCACHE__ABI, .name = "sums", .place = "test.c:3:1", .type = &doubles_type, .address = sums
};
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

  CALL (
      f_contract, &result,
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
  } durations[] = { { 0, "0.0 us" },        { 4e-7, "0.4 us" },  { 12.4e-6, "12 us" }, { 999.4e-6, "999 us" },
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
  hashcache__worth_telling = 1e-6;
  for (int i = 0; i < 200; i++)
    (void) f (i);
}

/* A body that takes longer than any lookup does: even under valgrind. */
static void
many_slow_calls (void)
{
  hashcache__worth_telling = 1e-6;
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
  assert_says (text, "200 from the store");
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
  const struct hashcache__told_function functions[] = { loses ("a", 0.2), loses ("b", 0.5), loses ("c", 0.3), loses ("d", 0.09),
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
two_losers (void)
{
  const struct hashcache__told_function functions[] = { loses ("a", 0.2), loses ("d", 0.09) };

  hashcache__say_slow_lookups (functions, LENGTH (functions));
}

static void
a_loss_that_nobody_notices_is_not_told (void **state)
{
  const char *text = said_by (two_losers);

  (void) state;
  assert_says (text, "looking up a ");
  assert_does_not_say (text, "looking up d ");
}

/* Other threads still call while the program ends: what has ended since calls were counted has begun as well. */
static void
the_totals_add_up_at_any_moment (void **state)
{
  struct hashcache_statistics s = { .calls = 100, .hits_memory = 50, .hits_store = 20, .computed = 35, .uncached = 1 };

  (void) state;
  hashcache__count_calls_left (&s);
  assert_int_equal (s.calls, 106);
  assert_int_equal (s.uncached, 1);
  s.calls = 110;
  hashcache__count_calls_left (&s);
  assert_int_equal (s.calls, 110);
  assert_int_equal (s.uncached, 5);
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
  assert_int_equal (n, 35);
}

static void
the_fields_hold_what_they_say (void **state)
{
  const char *line;

  (void) state;
  (void) said_by (with_statistics);
  line = content_of (in_scratch ("stats"));
  assert_ptr_equal (line,
                    strstr (line, "{\"calls\": 3, \"hits_memory\": 1, \"hits_store\": 1, \"computed\": 1, \"uncached\": 0, "
                                  "\"waited\": 0, \"stored\": 1, \"store_failures\": 0, \"bad_entries\": 0, \"bytes_read\": "));
  assert_says (line, ", \"version\": 1, \"hashcache\": \"" HASHCACHE_VERSION_STRING "\", \"program\": \"");
  assert_says (line, "\"started\": \"20");
  assert_says (line, "Z\", \"ended\": \"20");
  assert_says (line,
               "\"functions\": [{\"function\": \"f\", \"source\": \"test.c:4\", \"its_hits_memory\": 1, \"its_hits_store\": 1, "
               "\"its_computed\": 1, \"its_seconds_computing\": 0.");
  assert_ptr_equal (strchr (line, '\n'), line + strlen (line) - 1);
}

/* The sum of all numbers called NAME in LINE. */
static unsigned long
sum_in (const char *line, const char *name)
{
  char quoted[64];
  unsigned long sum = 0;

  snprintf (quoted, sizeof quoted, "\"%s\": ", name);
  for (const char *next = line; (next = strstr (next, quoted)); next++)
    sum += strtoul (next + strlen (quoted), NULL, 10);
  return sum;
}

static void
the_totals_add_up_in_each_mode (void **state)
{
  static const char *const modes[] = { "on", "off", "readonly", "refresh", "verify", "audit", "readonly", "on" };

  (void) state;
  for (size_t i = 0; i < LENGTH (modes); i++) {
    const char *line;
    unsigned long cached;

    hashcache_set ("MODE", modes[i]);
    (void) said_by (with_statistics);
    line = content_of (in_scratch ("stats"));
    cached = sum_in (line, "hits_memory") + sum_in (line, "hits_store") + sum_in (line, "computed");
    assert_int_equal (sum_in (line, "calls"), 3);
    assert_int_equal (cached + sum_in (line, "uncached"), 3);
    assert_int_equal (sum_in (line, "uncached"), strcmp (modes[i], "off") == 0 ? 3 : 0);
    assert_int_equal (sum_in (line, "its_hits_memory"), sum_in (line, "hits_memory"));
    assert_int_equal (sum_in (line, "its_hits_store"), sum_in (line, "hits_store"));
    assert_int_equal (sum_in (line, "its_computed"), sum_in (line, "computed"));
    assert_int_equal (sum_in (line, "store_failures") + sum_in (line, "bad_entries"), 0);
    assert_int_equal (unlink (in_scratch ("stats")), 0);
  }
  hashcache_set ("MODE", NULL);
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

/* A pipe takes no line of these at once, and what is in it cannot be taken back. Each writer repeats one letter. */
static void
lines_of_many_writers_stay_whole_in_a_pipe (void **state)
{
  enum { LENGTH_OF_LINE = 300000, FEW = 4 };
  static char line[LENGTH_OF_LINE + 2];
  const struct timespec moment = { 0, 20000000 };
  pid_t children[FEW];
  FILE *file;
  int n = 0, status;

  (void) state;
  alarm (100); /* half a line has no end */
  assert_int_equal (mkfifo (in_scratch ("pipe"), 0600), 0);
  file = fdopen (open (in_scratch ("pipe"), O_RDWR), "r"); /* so that it has a reader from the beginning, and does not end */
  assert_non_null (file);
  for (int i = 0; i < FEW; i++) {
    children[i] = fork ();
    if (children[i] == 0) {
      memset (line, 'a' + i, LENGTH_OF_LINE);
      line[LENGTH_OF_LINE] = '\n';
      _exit (hashcache__append (in_scratch ("pipe"), line, LENGTH_OF_LINE + 1) != 0);
    }
  }
  for (; n < FEW && fgets (line, sizeof line, file); n++) {
    const char letter[] = { line[0], '\0' };

    assert_in_range (line[0], 'a', 'a' + FEW - 1);
    assert_int_equal (strspn (line, letter), LENGTH_OF_LINE);
    nanosleep (&moment, NULL);
  }
  alarm (0);
  for (int i = 0; i < FEW; i++) {
    assert_int_equal (waitpid (children[i], &status, 0), children[i]);
    assert_int_equal (status, 0);
  }
  fclose (file);
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

/* A line a call ------------------------------------------------------------------------------------------------------------ */

/* The one line of f that a call says, or the last of them. */
static const char *
last_line_of (const char *text, const char *function)
{
  static char line[4096];
  const char *found = NULL;
  char begin[64];

  snprintf (begin, sizeof begin, "hashcache: %s ", function);
  for (const char *next = text; (next = strstr (next, begin)); next++)
    found = next;
  if (!found)
    fail_msg ("nothing is said of %s in:\n%s", function, text);
  snprintf (line, sizeof line, "%.*s", (int) strcspn (found, "\n"), found);
  return line;
}

static void
f_1 (void)
{
  (void) f (1);
}

/* As if the function had never been called. Graphs last as long as the process, so something has to know them. */
static void
forget_graphs (void)
{
  static void *volatile forgotten[64];
  static size_t n;

  if (f_contract.state && n < LENGTH (forgotten))
    forgotten[n++] = f_contract.state;
  f_contract.state = NULL;
}

static void
f_with_another_body (void)
{
  f_node.digest[0] = 99;
  forget_graphs ();
  (void) f (1);
}

/* The entry of f (1) of the code that is current. */
static const char *
entry_of_f_1 (void)
{
  static char path[4600];
  char hex[33];

  hashcache__ask (HASHCACHE__ASK_KEY, "f");
  (void) f (1);
  snprintf (hex, sizeof hex, "%s", hashcache__answer_key ());
  for (const struct hashcache__graph *graph = f_contract.state; graph; graph = graph->other) {
    char code[33];

    hashcache__digest_hex (&graph->code, code);
    snprintf (path, sizeof path, "%s/cache/objects/%s/%s.h5", scratch, code, hex);
  }
  return path;
}

static void
remove_f_1 (void)
{
  assert_int_equal (unlink (entry_of_f_1 ()), 0);
}

static void
damage_f_1 (void)
{
  const int fd = open (entry_of_f_1 (), O_WRONLY);

  assert_true (fd >= 0);
  assert_int_equal (pwrite (fd, "no", 2, 80), 2);
  assert_int_equal (close (fd), 0);
}

static void
each_call_says_its_tier_or_why_it_was_computed (void **state)
{
  const char *text;

  (void) state;
  hashcache_set ("VERBOSE", "2");
  text = said_by (a_miss_and_two_hits);
  assert_says (text, ": computed in ");
  assert_says (text, ": no cache directory so far\n");
  assert_says (text, ": found in memory, ");
  assert_says (text, ": found in the store, ");
  assert_says (said_by (f_with_another_body), ": no entry of this code, which is new or has changed, or what it calls has\n");
  remove_f_1 ();
  text = said_by (f_1);
  assert_says (last_line_of (text, "f"), ": no entry");
  assert_does_not_say (last_line_of (text, "f"), "of this code");
  damage_f_1 ();
  text = last_line_of (said_by (f_1), "f");
  assert_says (text, ": entry damaged: ");
  hashcache_set ("MODE", "refresh");
  assert_says (last_line_of (said_by (f_1), "f"), ": refresh");
  hashcache_set ("MODE", "verify");
  assert_says (last_line_of (said_by (f_1), "f"), ": verify: found in the store, computed to compare");
  hashcache_set ("MODE", "off");
  assert_says (said_by (f_1), "hashcache: f is not cached: HASHCACHE_MODE is off\n");
  hashcache_set ("MODE", "on");
  remove_f_1 ();
  hashcache_set ("MODE", "readonly");
  assert_says (last_line_of (said_by (f_1), "f"), ": no entry; kept in memory only: readonly");
  hashcache_set ("MEMORY", "0");
  assert_says (last_line_of (said_by (f_1), "f"), ": no entry; not kept: readonly");
  hashcache_set ("MODE", NULL);
  hashcache_set ("MEMORY", NULL);
}

/* What is nearest ----------------------------------------------------------------------------------------------------------- */

static void
f_2 (void)
{
  (void) f (2);
}

static void
f_with_other_x (void)
{
  (void) f_of (1, 0.1, "copper", (struct box){ 1, 2.5 });
}

static void
f_with_other_word (void)
{
  (void) f_of (1, 1.5, "silver and gold", (struct box){ 1, 2.5 });
}

static void
f_with_other_box (void)
{
  (void) f_of (1, 1.5, "copper", (struct box){ 1, -3 });
}

static void
f_with_other_scale (void)
{
  scale = 0.1;
  (void) f (1);
}

static void
f_with_other_sums (void)
{
  sums[2] = 33;
  (void) f (1);
}

static void
f_with_another_helper (void)
{
  helper_node.digest[0] = 77;
  forget_graphs ();
  (void) f (1);
}

static void
f_with_another_name_of_helper (void)
{
  helper_node.name = "assistant";
  helper_node.digest[0] = 78;
  forget_graphs ();
  (void) f (1);
}

static void
f_from_another_compiler (void)
{
  f_node.digest[0] = 100;
  f_contract.compiler = "gcc 2 associative-math";
  forget_graphs ();
  (void) f (1);
}

static void
f_with_everything_else (void)
{
  scale = 3;
  sums[0] = -1;
  (void) f_of (2, 0.25, "x", (struct box){ 2, 1e-9 });
}

static void
a_miss_says_what_differs_from_the_nearest_entry (void **state)
{
  static const struct {
    void (*call) (void);
    const char *difference;
  } rows[] = {
    { f_2, "argument `n` changed: 1 -> 2\n" },
    { f_with_other_x, "argument `x` changed: 1.5 -> 0.1\n" },
    { f_with_other_word, "argument `word` changed: \"copper\" -> \"silver and gold\"\n" },
    { f_with_other_box, "argument `box.width` changed: 2.5 -> -3\n" },
    { f_with_other_scale, "global `scale` changed: 0.5 -> 0.1\n" },
    { f_with_other_sums, "global `sums` differs\n" },
    { f_with_another_helper, "the body of callee `helper` changed\n" },
    { f_with_another_name_of_helper, "callee `assistant` is new; callee `helper` is gone\n" },
    { f_with_another_body, "its body changed\n" },
    { f_from_another_compiler, "the compiler or its options changed: gcc 1 -> gcc 2 associative-math\n" },
    { f_with_everything_else,
      "argument `n` changed: 1 -> 2; argument `x` changed: 1.5 -> 0.25; argument `word` changed: \"copper\" -> "
      "\"x\"; argument `box.kind` changed: 1 -> 2; and 3 more\n" },
  };

  (void) state;
  hashcache_set ("VERBOSE", "2");
  forget_graphs ();
  assert_does_not_say (said_by (f_1), "unlike");
  hashcache_set ("MODE", "readonly");
  for (size_t i = 0; i < LENGTH (rows); i++) {
    const char *text = said_by (rows[i].call), *line = strstr (text, ": unlike entry ");
    char wanted[1024];

    hashcache_set ("VERBOSE", "2");
    if (!line)
      fail_msg ("nothing is nearest; said: %s", text);
    snprintf (wanted, sizeof wanted, ", %s", rows[i].difference);
    assert_says (line, wanted);
    assert_null (strstr (line + 1, ": unlike entry "));
  }
  hashcache_set ("VERBOSE", "1");
  assert_does_not_say (said_by (f_2), "unlike");
  hashcache_set ("MODE", NULL);
}

static void
many_f (void)
{
  for (int i = 1; i < 100; i++)
    (void) f_of (i, 1.5, "copper", (struct box){ 1, i });
}

/* With more entries than are looked at, each misses by one part only from one of them. */
static void
one_line_a_miss_however_many_entries_there_are (void **state)
{
  const char *text;
  int lines = 0;

  (void) state;
  (void) said_by (many_f);
  hashcache_set ("VERBOSE", "2");
  text = said_by (f_with_everything_else);
  for (const char *line = text; (line = strstr (line, ": unlike entry ")); line++)
    lines++;
  assert_int_equal (lines, 1);
}

/* Files as nobody but an enemy would put there. Each becomes the only entry of its code; nothing is said of it, and nothing breaks. */
static void
what_is_no_entry_is_passed_over (void **state)
{
  const char *entry;
  char good[1 << 16], path[4600];
  size_t n;
  FILE *file;

  (void) state;
  forget_graphs ();
  (void) f (1);
  hashcache_drop_memory ();
  entry = entry_of_f_1 ();
  snprintf (path, sizeof path, "%s", entry);
  file = fopen (path, "r");
  assert_non_null (file);
  n = fread (good, 1, sizeof good, file);
  fclose (file);
  hashcache_set ("VERBOSE", "2");
  hashcache_set ("MODE", "readonly");
  for (int kind = 0; kind < 4; kind++) {
    assert_int_equal (unlink (path), 0);
    if (kind == 0)
      assert_int_equal (mkfifo (path, 0600), 0);
    else if (kind == 1)
      assert_int_equal (symlink ("/dev/zero", path), 0);
    else
      close (open (path, O_WRONLY | O_CREAT, kind == 2 ? 0600 : 0606));
    assert_does_not_say (said_by (f_2), "unlike");
  }
  for (size_t at = 512; at < n; at += 397) { /* bytes that HDF5 believes */
    file = fopen (path, "w");
    assert_non_null (file);
    good[at] = (char) ~good[at];
    assert_int_equal (fwrite (good, 1, n, file), n);
    fclose (file);
    chmod (path, 0600);
    good[at] = (char) ~good[at];
    assert_says (said_by (f_2), "hashcache: f ");
  }
  hashcache_set ("MODE", NULL);
}

/* -------------------------------------------------------------------------------------------------------------------------- */

static int
begin (void **state)
{
  use_tables ();
  hashcache_drop_memory ();
  return hashcache_set ("VERBOSE", "1") || hashcache_set ("STATS", "") || hashcache_set ("MODE", "on")
         || hashcache_set ("MEMORY", "") || make_scratch (state) || hashcache_set ("DIR", in_scratch ("cache"));
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
    TOLD (a_loss_that_nobody_notices_is_not_told),
    TOLD (the_totals_add_up_at_any_moment),
    TOLD (too_few_timed_calls_tell_nothing),
    TOLD (the_fields_are_those_of_the_documentation),
    TOLD (the_fields_hold_what_they_say),
    TOLD (the_totals_add_up_in_each_mode),
    TOLD (lines_of_many_writers_stay_whole),
    TOLD (lines_of_many_writers_stay_whole_in_a_pipe),
    TOLD (a_lock_that_is_never_given_up_is_waited_for_only_so_long),
    TOLD (a_line_begins_on_a_line_of_its_own),
    TOLD (a_line_that_does_not_fit_is_taken_back),
    TOLD (figures_of_the_process),
    TOLD (each_call_says_its_tier_or_why_it_was_computed),
    TOLD (a_miss_says_what_differs_from_the_nearest_entry),
    TOLD (one_line_a_miss_however_many_entries_there_are),
    TOLD (what_is_no_entry_is_passed_over),
  };

  unsetenv ("OMPI_COMM_WORLD_RANK");
  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* test_settings_and_statistics.c: settings come from hashcache_set, then the environment, then the defaults; a bad value is said once
   and has no effect. The statistics count what happened, and are told at exit by the process that made the calls.
   SPDX-License-Identifier: BSD-2-Clause

   A child process for each case: settings are read once. */
#include "sample_call.h"
#include <hashcache/at_exit.h>

static int
set_up (void **state)
{
  static const char *const ours[] = {
    "HASHCACHE_DIR",      "HASHCACHE_MODE",     "HASHCACHE_VERBOSE",  "HASHCACHE_MEMORY",    "HASHCACHE_WAIT",
    "HASHCACHE_STATS",    "HASHCACHE_LIBS",     "HASHCACHE_CHECK",    "HASHCACHE_TOLERANCE", "OMPI_COMM_WORLD_RANK",
    "PMI_RANK",           "PMIX_RANK",          "HASHCACHE_MAX_SIZE", "HASHCACHE_MAX_FILES", "HASHCACHE_MAX_AGE",
    "HASHCACHE_COMPRESS", "HASHCACHE_SYNC",     "HASHCACHE_INPUTS",   "HASHCACHE_UMASK",     "HASHCACHE_IO_THREADS",
    "SLURM_PROCID",       "SLURM_NTASKS",       "XDG_CACHE_HOME",     "MV2_COMM_WORLD_RANK", "PMI_ID",
    "PMI_SIZE",           "JSM_NAMESPACE_RANK", "PALS_RANKID",        "FLUX_TASK_RANK"
  };

  (void) state;
  make_scratch ();
  for (size_t i = 0; i < LENGTH (ours); i++)
    unsetenv (ours[i]);
  setenv ("HOME", "/home/somebody", 1);
  return 0;
}

/* Runs BODY in a child that leaves by exit if LEAVE, and returns what it said. */
static const char *
said_by (int (*body) (void), int leave)
{
  char command[2048];
  int status;
  pid_t child;

  fflush (NULL);
  child = fork ();
  assert_true (child >= 0);
  if (child == 0) {
    const int fd = open (scratch_path ("stderr"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    int result;

    dup2 (fd, STDERR_FILENO);
    result = body ();
    if (leave)
      exit (result);
    _exit (result);
  }
  assert_int_equal (waitpid (child, &status, 0), child);
  snprintf (command, sizeof command, "cat '%s/stderr'", scratch);
  if (!WIFEXITED (status) || WEXITSTATUS (status) != 0)
    fail_msg ("step %d failed; said: %s", WEXITSTATUS (status), output_of (command));
  return output_of (command);
}

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      fprintf (stderr, "%s\n", #condition); \
      return 1; \
    } \
  } while (0)

static int
equal (double a, double b)
{
  return !(a < b) && !(a > b);
}

static int
defaults (void)
{
  const struct hashcache__settings *s = hashcache__settings ();

  CHECK (strcmp (s->dir, "/home/somebody/.cache/hashcache") == 0);
  CHECK (s->mode == HASHCACHE__MODE_ON && s->verbose == 1 && s->memory == 64u << 20 && equal (s->wait, 3600) && !s->stats
         && s->libs == HASHCACHE__BY_VERSION && s->check == 1 && equal (s->tolerance, 0.0));
  CHECK (hashcache__settings () == s);
  return 0;
}

static void
without_any_setting (void **state)
{
  (void) state;
  assert_string_equal (said_by (defaults, 0), "");
}

static int
environment_then_set (void)
{
  char here[1024];
  const struct hashcache__settings *s;

  setenv ("HASHCACHE_DIR", "relative", 1);
  setenv ("HASHCACHE_MODE", "off", 1);
  setenv ("HASHCACHE_MEMORY", "3k", 1);
  setenv ("HASHCACHE_WAIT", "0.25", 1);
  setenv ("HASHCACHE_STATS", "/tmp/x", 1);
  setenv ("HASHCACHE_CHECK", "0", 1);
  setenv ("HASHCACHE_TOLERANCE", "1e-9", 1);
  setenv ("HASHCACHE_VERBOSE", "", 1); /* empty is unset */
  CHECK (getcwd (here, sizeof here));
  s = hashcache__settings ();
  CHECK (strncmp (s->dir, here, strlen (here)) == 0 && strcmp (s->dir + strlen (here), "/relative") == 0);
  CHECK (s->mode == HASHCACHE__MODE_OFF && s->memory == 3072 && equal (s->wait, 0.25) && strcmp (s->stats, "/tmp/x") == 0);
  CHECK (s->verbose == 1 && s->check == 0 && s->tolerance > 0.999e-9 && s->tolerance < 1.001e-9);
  CHECK (hashcache_set ("HASHCACHE_MODE", "on") == HASHCACHE_OK && hashcache_set ("MEMORY", "2G") == HASHCACHE_OK);
  CHECK (hashcache__settings ()->mode == HASHCACHE__MODE_ON && hashcache__settings ()->memory == UINT64_C (2) << 30);
  CHECK (s->mode == HASHCACHE__MODE_OFF && s->memory == 3072); /* whoever holds the old ones may go on reading them */
  setenv ("HASHCACHE_MEMORY", "5", 1);
  CHECK (hashcache_set ("MEMORY", NULL) == HASHCACHE_OK);
  CHECK (hashcache__settings ()->memory == 3072); /* the environment as it was at the first look */
  return 0;
}

static void
the_environment_and_what_goes_before_it (void **state)
{
  (void) state;
  assert_string_equal (said_by (environment_then_set, 0), "");
}

static int
bad_values_in_the_environment (void)
{
  const struct hashcache__settings *s;

  setenv ("HASHCACHE_MEMORY", "64 MB", 1);
  setenv ("HASHCACHE_WAIT", "-1", 1);
  setenv ("HASHCACHE_VERBOSE", "7", 1);
  s = hashcache__settings ();
  CHECK (s->memory == 64u << 20 && equal (s->wait, 3600) && s->verbose == 1);
  (void) hashcache_set ("DIR", "/tmp/y"); /* all is read again, but not said again */
  return 0;
}

static void
bad_values_are_said_once (void **state)
{
  const char *text = said_by (bad_values_in_the_environment, 0);
  int lines = 0;

  (void) state;
  for (const char *c = text; *c; c++)
    lines += *c == '\n';
  assert_int_equal (lines, 3);
  assert_non_null (strstr (text, "HASHCACHE_MEMORY=64 MB"));
  assert_non_null (strstr (text, "HASHCACHE_WAIT=-1"));
  assert_non_null (strstr (text, "HASHCACHE_VERBOSE=7"));
}

static int
all_modes (void)
{
  static const struct {
    const char *name;
    int mode;
  } rows[] = {
    { "on", HASHCACHE__MODE_ON },           { "off", HASHCACHE__MODE_OFF },       { "readonly", HASHCACHE__MODE_READONLY },
    { "refresh", HASHCACHE__MODE_REFRESH }, { "verify", HASHCACHE__MODE_VERIFY }, { "audit", HASHCACHE__MODE_AUDIT }
  };

  setenv ("HASHCACHE_MODE", "verify", 1);
  CHECK (hashcache__settings ()->mode == HASHCACHE__MODE_VERIFY);
  for (size_t i = 0; i < LENGTH (rows); i++)
    CHECK (hashcache_set ("MODE", rows[i].name) == HASHCACHE_OK && hashcache__settings ()->mode == rows[i].mode);
  CHECK (hashcache_set ("MODE", "read-only") == HASHCACHE_BAD_VALUE && hashcache__settings ()->mode == HASHCACHE__MODE_AUDIT);
  return 0;
}

/* Whoever asks for verify or readonly must not get on. */
static void
each_mode_is_what_was_asked_for (void **state)
{
  (void) state;
  assert_string_equal (said_by (all_modes, 0), "");
}

static int
errors_of_set (void)
{
  static const struct {
    const char *name, *value;
    int error;
  } rows[] = {
    { NULL, "1", HASHCACHE_BAD_ARGUMENT },
    { "COLOUR", "1", HASHCACHE_UNKNOWN_NAME },
    { "", "1", HASHCACHE_UNKNOWN_NAME },
    { "HASHCACHE_", "1", HASHCACHE_UNKNOWN_NAME },
    { "MODE", "On", HASHCACHE_BAD_VALUE },
    { "VERBOSE", "4", HASHCACHE_BAD_VALUE },
    { "VERBOSE", "11", HASHCACHE_BAD_VALUE },
    { "MEMORY", "K", HASHCACHE_BAD_VALUE },
    { "MEMORY", "1P", HASHCACHE_BAD_VALUE },
    { "MEMORY", "1KK", HASHCACHE_BAD_VALUE },
    { "MEMORY", "-1", HASHCACHE_BAD_VALUE },
    { "MEMORY", "18446744073709551616", HASHCACHE_BAD_VALUE },
    { "MEMORY", "17179869184G", HASHCACHE_BAD_VALUE },
    { "MEMORY", "0", HASHCACHE_OK },
    { "WAIT", "", HASHCACHE_OK },
    { "WAIT", ".", HASHCACHE_BAD_VALUE },
    { "WAIT", "1e3", HASHCACHE_BAD_VALUE },
    { "WAIT", "nan", HASHCACHE_BAD_VALUE },
    { "WAIT", "3,5", HASHCACHE_BAD_VALUE },
    { "LIBS", "version", HASHCACHE_OK },
    { "HASHCACHE_LIBS", "build-id", HASHCACHE_OK },
    { "LIBS", "none", HASHCACHE_OK },
    { "LIBS", "version,none", HASHCACHE_BAD_VALUE },
    { "LIBS", "Version", HASHCACHE_BAD_VALUE },
    { "CHECK", "2", HASHCACHE_BAD_VALUE },
    { "CHECK", "00", HASHCACHE_BAD_VALUE },
    { "CHECK", "no", HASHCACHE_BAD_VALUE },
    { "CHECK", "0", HASHCACHE_OK },
    { "CHECK", "1", HASHCACHE_OK },
    { "TOLERANCE", "-1e-9", HASHCACHE_BAD_VALUE },
    { "TOLERANCE", "1e-", HASHCACHE_BAD_VALUE },
    { "TOLERANCE", "1e-3x", HASHCACHE_BAD_VALUE },
    { "TOLERANCE", "e-3", HASHCACHE_BAD_VALUE },
    { "TOLERANCE", "inf", HASHCACHE_BAD_VALUE },
    { "TOLERANCE", "0.25", HASHCACHE_OK },
    { "MEMORY", "none", HASHCACHE_BAD_VALUE },
    { "MAX_SIZE", "-1", HASHCACHE_BAD_VALUE },
    { "MAX_SIZE", "10 G", HASHCACHE_BAD_VALUE },
    { "MAX_SIZE", "2T", HASHCACHE_OK },
    { "MAX_FILES", "1K", HASHCACHE_BAD_VALUE },
    { "MAX_FILES", "", HASHCACHE_OK },
    { "MAX_FILES", "1000000", HASHCACHE_OK },
    { "MAX_AGE", "30 d", HASHCACHE_BAD_VALUE },
    { "MAX_AGE", "30dd", HASHCACHE_BAD_VALUE },
    { "MAX_AGE", "d", HASHCACHE_BAD_VALUE },
    { "MAX_AGE", "1y", HASHCACHE_BAD_VALUE },
    { "MAX_AGE", "18446744073709551615w", HASHCACHE_BAD_VALUE },
    { "MAX_AGE", "30d", HASHCACHE_OK },
    { "COMPRESS", "deflate 6", HASHCACHE_BAD_VALUE },
    { "COMPRESS", ":6", HASHCACHE_BAD_VALUE },
    { "COMPRESS", "deflate:6", HASHCACHE_OK },
    { "SYNC", "yes", HASHCACHE_BAD_VALUE },
    { "SYNC", "1", HASHCACHE_OK },
    { "INPUTS", "all", HASHCACHE_BAD_VALUE },
    { "INPUTS", "full", HASHCACHE_OK },
    { "UMASK", "2", HASHCACHE_OK },
    { "UMASK", "0700", HASHCACHE_BAD_VALUE },
    { "UMASK", "008", HASHCACHE_BAD_VALUE },
    { "UMASK", "00002", HASHCACHE_BAD_VALUE },
    { "UMASK", "u=rwx", HASHCACHE_BAD_VALUE },
    { "UMASK", "0027", HASHCACHE_OK },
    { "IO_THREADS", "0", HASHCACHE_BAD_VALUE },
    { "IO_THREADS", "257", HASHCACHE_BAD_VALUE },
    { "IO_THREADS", "4", HASHCACHE_OK },
    { "WAIT", "0", HASHCACHE_OK },
    { "WAIT", ".5", HASHCACHE_OK },
  };

  for (size_t i = 0; i < LENGTH (rows); i++)
    if (hashcache_set (rows[i].name, rows[i].value) != rows[i].error) {
      fprintf (stderr, "%s=%s\n", rows[i].name, rows[i].value);
      return 1;
    }
  CHECK (hashcache__settings ()->memory == 0 && equal (hashcache__settings ()->wait, 0.5)
         && hashcache__settings ()->libs == HASHCACHE__BY_NAME && hashcache__settings ()->check == 1
         && equal (hashcache__settings ()->tolerance, 0.25));
  CHECK (hashcache__settings ()->mode == HASHCACHE__MODE_ON && hashcache__settings ()->verbose == 1);
  CHECK (hashcache__settings ()->max_size == UINT64_C (2) << 40 && hashcache__settings ()->max_files == 1000000
         && hashcache__settings ()->max_age == 30 * 86400);
  CHECK (strcmp (hashcache__settings ()->compress, "deflate:6") == 0 && hashcache__settings ()->sync == 1
         && hashcache__settings ()->inputs == HASHCACHE__INPUTS_FULL);
  CHECK (hashcache__settings ()->umask == 027 && hashcache__settings ()->io_threads == 4);
  CHECK (hashcache_set ("MAX_SIZE", "none") == HASHCACHE_OK && hashcache__settings ()->max_size == UINT64_MAX);
  CHECK (hashcache_set ("COMPRESS", "none") == HASHCACHE_OK && !hashcache__settings ()->compress);
  return 0;
}

static void
set_refuses_what_makes_no_sense (void **state)
{
  (void) state;
  assert_string_equal (said_by (errors_of_set, 0), "");
  assert_string_equal (hashcache_strerror (HASHCACHE_UNKNOWN_NAME), "no setting has this name");
  assert_string_equal (hashcache_strerror (-1), "unknown error");
}

static void
write_file (const char *path, const char *text, mode_t mode)
{
  FILE *file = fopen (path, "w");

  assert_non_null (file);
  assert_true (fputs (text, file) >= 0);
  assert_int_equal (fclose (file), 0);
  assert_int_equal (chmod (path, mode), 0);
}

/* Two files, of which the directory's goes first. */
static int
settings_of_files (void)
{
  static char machine[4096];
  const struct hashcache__settings *s;

  snprintf (machine, sizeof machine, "%s", scratch_path ("machine.conf"));
  hashcache__conf_of_machine = machine;
  setenv ("HASHCACHE_WAIT", "5", 1);
  setenv ("HASHCACHE_CHECK", "", 1);
  s = hashcache__settings ();
  CHECK (strcmp (s->dir, scratch_path ("cache")) == 0);
  CHECK (equal (s->wait, 5) && s->memory == 7u << 20 && s->max_files == 12 && s->umask == 2 && s->check == 0);
  CHECK (hashcache_set ("MEMORY", "1G") == HASHCACHE_OK && hashcache_set ("MAX_FILES", "") == HASHCACHE_OK);
  CHECK (hashcache__settings ()->memory == 1u << 30 && hashcache__settings ()->max_files == UINT64_MAX);
  CHECK (hashcache_set ("DIR", scratch_path ("elsewhere")) == HASHCACHE_OK); /* which has no file */
  CHECK (hashcache__settings ()->umask == -1 && hashcache__settings ()->check == 0);
  return 0;
}

static void
files_come_after_the_environment (void **state)
{
  char machine[4096];
  const char *said;

  (void) state;
  assert_int_equal (mkdir (scratch_path ("cache"), 0777), 0);
  snprintf (machine, sizeof machine, "DIR = %s\nHASHCACHE_CHECK=0\nMEMORY = 9M\nWAIT 7\n", scratch_path ("cache"));
  write_file (scratch_path ("machine.conf"), machine, 0644);
  write_file (scratch_path ("cache/hashcache.conf"),
              "# of the group\n\n  HASHCACHE_MEMORY =  7M \r\nmax_files = 1\nMAX_FILES = 11\nMAX_FILES = 12\nWAIT = 6\n"
              "DIR = /elsewhere\nUMASK=002\nSYNC = maybe",
              0664);
  said = said_by (settings_of_files, 0);
  assert_non_null (strstr (said, "machine.conf:4: the line is ignored: it is not NAME = VALUE\n"));
  assert_non_null (strstr (said, "cache/hashcache.conf:4: there is no setting max_files: the line is ignored\n"));
  assert_non_null (strstr (said, "cache/hashcache.conf:8: the line is ignored: the directory that holds this file"));
  assert_non_null (
      strstr (said, "cache/hashcache.conf:10: HASHCACHE_SYNC=maybe is no valid value, the default is taken; it is 0 or 1\n"));
}

static int
settings_of_a_bad_file (void)
{
  setenv ("HASHCACHE_DIR", scratch_path ("cache"), 1);
  CHECK (hashcache__settings ()->memory == 64u << 20);
  return 0;
}

static void
a_file_that_everybody_can_write_is_not_read (void **state)
{
  (void) state;
  write_file (scratch_path ("cache/hashcache.conf"), "MEMORY = 7M\n", 0666);
  assert_non_null (strstr (said_by (settings_of_a_bad_file, 0), "hashcache.conf is not read: everybody can write it"));
  assert_int_equal (unlink (scratch_path ("cache/hashcache.conf")), 0);
  assert_int_equal (mkdir (scratch_path ("cache/hashcache.conf"), 0755), 0);
  assert_non_null (strstr (said_by (settings_of_a_bad_file, 0), "hashcache.conf is not read: it is no file"));
  assert_int_equal (rmdir (scratch_path ("cache/hashcache.conf")), 0);
  assert_int_equal (symlink ("/dev/null", scratch_path ("cache/hashcache.conf")), 0);
  assert_non_null (strstr (said_by (settings_of_a_bad_file, 0), "hashcache.conf is not read: "));
  assert_int_equal (unlink (scratch_path ("cache/hashcache.conf")), 0);
}

static int
four_calls (void)
{
  setenv ("HASHCACHE_STATS", scratch_path ("stats"), 1);
  for (int i = 0; i < 4; i++)
    hashcache__count_call ();
  hashcache__count (&hashcache__counters.hits_memory, 1);
  hashcache__count (&hashcache__counters.computed, 2);
  hashcache__count (&hashcache__counters.uncached, 1);
  hashcache__count_seconds (&hashcache__counters.nanoseconds_saved, 1.25);
  return 0;
}

static int
four_calls_and_a_child (void)
{
  pid_t child;
  int status;

  four_calls ();
  child = fork ();
  if (child == 0) {
    hashcache__count_call ();
    hashcache__count (&hashcache__counters.computed, 1);
    exit (0);
  }
  CHECK (waitpid (child, &status, 0) == child && WEXITSTATUS (status) == 0);
  return 0;
}

static void
the_summary_and_the_json_line (void **state)
{
  char command[2048];
  const char *text;

  (void) state;
  text = said_by (four_calls, 1);
  assert_string_equal (
      text, "hashcache: 4 calls: 1 from memory, 0 from the store, 2 computed, 1 not cacheable; 0.00 s computing, 1.25 s saved\n");
  snprintf (command, sizeof command, "cat '%s/stats' && rm '%s/stats'", scratch, scratch);
  text = output_of (command);
  assert_ptr_equal (text,
                    strstr (text, "{\"calls\": 4, \"hits_memory\": 1, \"hits_store\": 0, \"computed\": 2, \"uncached\": 1, "));
  assert_non_null (strstr (text, "\"seconds_computing\": 0.000000000, \"seconds_saved\": 1.250000000, \"seconds_waiting\": "
                                 "0.000000000, \"rank\": null, \"host\": \""));
  assert_non_null (strstr (text, "}\n"));
}

static void
a_child_tells_its_own_figures (void **state)
{
  char command[2048];
  const char *text;

  (void) state;
  text = said_by (four_calls_and_a_child, 1);
  assert_non_null (strstr (text, "hashcache: 1 call: 0 from memory, 0 from the store, 1 computed; "));
  assert_non_null (strstr (text, "hashcache: 4 calls: 1 from memory"));
  snprintf (command, sizeof command, "cut -d, -f1,4 '%s/stats' && rm '%s/stats'", scratch, scratch);
  assert_string_equal (output_of (command), "{\"calls\": 1, \"computed\": 1\n{\"calls\": 4, \"computed\": 2\n");
}

/* Two calls of which one came back, as when its body calls exit. */
static int
a_call_that_does_not_return (void)
{
  setenv ("HASHCACHE_STATS", scratch_path ("stats"), 1);
  hashcache__count_call ();
  hashcache__count (&hashcache__counters.computed, 1);
  hashcache__count_call ();
  return 0;
}

static void
a_call_that_ends_the_program_is_among_the_uncached (void **state)
{
  char command[2048];
  const char *text;

  (void) state;
  text = said_by (a_call_that_does_not_return, 1);
  assert_non_null (strstr (text, "hashcache: 2 calls: 0 from memory, 0 from the store, 1 computed, 1 not cacheable; "));
  snprintf (command, sizeof command, "cut -d, -f1,4,5 '%s/stats' && rm '%s/stats'", scratch, scratch);
  assert_string_equal (output_of (command), "{\"calls\": 2, \"computed\": 1, \"uncached\": 1\n");
}

/* A FIFO that nobody reads: what cannot be told is said, and the program ends. */
static int
four_calls_and_a_fifo (void)
{
  char command[2048];

  snprintf (command, sizeof command, "mkfifo '%s/stats'", scratch);
  CHECK (system (command) == 0);
  alarm (20);
  return four_calls ();
}

static void
a_fifo_without_a_reader_does_not_hold_up_the_end (void **state)
{
  (void) state;
  assert_non_null (strstr (said_by (four_calls_and_a_fifo, 1), "cannot append the statistics"));
  assert_int_equal (unlink (scratch_path ("stats")), 0);
}

static int
no_calls (void)
{
  setenv ("HASHCACHE_STATS", scratch_path ("stats"), 1);
  (void) hashcache__settings ();
  return 0;
}

static void
a_process_without_calls_is_silent (void **state)
{
  (void) state;
  assert_string_equal (said_by (no_calls, 1), "");
  assert_int_not_equal (access (scratch_path ("stats"), F_OK), 0);
}

static int
as_rank_3 (void)
{
  setenv ("OMPI_COMM_WORLD_RANK", "3", 1);
  return four_calls ();
}

static int
as_rank_0 (void)
{
  setenv ("PMI_RANK", "0", 1);
  return four_calls ();
}

static int
as_the_only_rank (void)
{
  setenv ("PMI_RANK", "0", 1);
  setenv ("PMI_SIZE", "1", 1);
  return four_calls ();
}

static int
as_a_serial_job (void)
{
  setenv ("SLURM_PROCID", "0", 1);
  setenv ("SLURM_NTASKS", "1", 1);
  return four_calls ();
}

static void
only_rank_0_of_many_speaks_for_itself (void **state)
{
  char command[2048];

  (void) state;
  assert_string_equal (said_by (as_rank_3, 1), "");
  snprintf (command, sizeof command, "grep -c '\"rank\": 3,' '%s/stats'", scratch);
  assert_string_equal (output_of (command), "1\n");
  assert_non_null (strstr (said_by (as_rank_0, 1), "hashcache: rank 0 for itself: 4 calls"));
  assert_non_null (strstr (said_by (as_rank_0, 1), "(hashcache_mpi_attach gives the sum over all ranks)\n"));
  assert_non_null (strstr (said_by (as_the_only_rank, 1), "hashcache: 4 calls"));
  assert_non_null (strstr (said_by (as_a_serial_job, 1), "hashcache: 4 calls"));
}

static int
odd_messages (void)
{
  char *text = malloc (10000);

  CHECK (text != NULL);
  memset (text, 'x', 9999);
  text[9999] = '\0';
  errno = 17;
  hashcache__trouble ("once", "first %s", "one\ntwo\x1b");
  hashcache__trouble ("once", "never said");
  hashcache__trouble (NULL, "same text %d", 1);
  hashcache__trouble (NULL, "same text %d", 1);
  hashcache__say (1, "%s", text);
  hashcache__say (2, "too quiet");
  CHECK (errno == 17);
  free (text);
  return 0;
}

static void
each_message_is_one_line_and_each_trouble_is_said_once (void **state)
{
  const char *text = said_by (odd_messages, 0);
  static const char start[] = "hashcache: first one?two?\nhashcache: same text 1\nhashcache: xxx";
  const size_t n = strlen (text);

  (void) state;
  assert_memory_equal (text, start, sizeof start - 1);
  assert_string_equal (text + n - 5, "x...\n");
  assert_true (n < 3000);
}

static void
json_strings_are_escaped (void **state)
{
  static const struct {
    const char *raw, *json;
  } rows[] = {
    { "plain", "\"plain\"" },
    { "a\"b\\c", "\"a\\\"b\\\\c\"" },
    { "\n\t\x7f", "\"\\u000a\\u0009\\u007f\"" },
    { "\xc3\xa9", "\"\xc3\xa9\"" },                  /* U+00E9 */
    { "\xe9t\xc3", "\"\\ufffdt\\ufffd\"" },          /* Latin-1, and a cut character */
    { "\xc0\xaf", "\"\\ufffd\\ufffd\"" },            /* overlong */
    { "\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"" }, /* surrogate */
    { "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },  /* four bytes */
    { NULL, "null" },
  };

  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++) {
    struct hashcache__text text = { 0 };

    hashcache__text_json (&text, rows[i].raw);
    assert_string_equal (text.string, rows[i].json);
    hashcache__text_free (&text);
  }
}

int
main (void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test (without_any_setting),
    cmocka_unit_test (the_environment_and_what_goes_before_it),
    cmocka_unit_test (bad_values_are_said_once),
    cmocka_unit_test (each_mode_is_what_was_asked_for),
    cmocka_unit_test (set_refuses_what_makes_no_sense),
    cmocka_unit_test (files_come_after_the_environment),
    cmocka_unit_test (a_file_that_everybody_can_write_is_not_read),
    cmocka_unit_test (the_summary_and_the_json_line),
    cmocka_unit_test (a_child_tells_its_own_figures),
    cmocka_unit_test (a_call_that_ends_the_program_is_among_the_uncached),
    cmocka_unit_test (a_fifo_without_a_reader_does_not_hold_up_the_end),
    cmocka_unit_test (a_process_without_calls_is_silent),
    cmocka_unit_test (only_rank_0_of_many_speaks_for_itself),
    cmocka_unit_test (each_message_is_one_line_and_each_trouble_is_said_once),
    cmocka_unit_test (json_strings_are_escaped),
  };

  return cmocka_run_group_tests (tests, set_up, remove_scratch_after);
}

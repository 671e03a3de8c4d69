/* test_jobs.c: the environment tells where a process belongs: its rank, and a job that all ranks of it share and no other has.
   SPDX-License-Identifier: BSD-2-Clause

   What launchers and batch systems put there was written down from runs of them, or from what their manuals say; launchers.sh runs this
   program, as "test_jobs print", under the launchers that are installed. */
#define _GNU_SOURCE
#define HASHCACHE_IMPLEMENTATION
#include <hashcache.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/wait.h>

#define LENGTH(array) (sizeof (array) / sizeof *(array))

enum { MOST_VARIABLES = 12 };

static const struct {
  const char *what;
  const char *environment[MOST_VARIABLES]; /* NAME=VALUE */
  const char *id;
  long rank, ranks;
  int64_t end;
} rows[] = {
  { "nothing", { NULL }, "", -1, -1, 0 },
  { "Open MPI 4",
    { "OMPI_COMM_WORLD_RANK=3", "OMPI_COMM_WORLD_SIZE=4", "OMPI_MCA_ess_base_jobid=2139357185", "PMIX_NAMESPACE=2139357185",
      "PMIX_RANK=3" },
    "openmpi 2139357185",
    3,
    4,
    0 },
  { "Open MPI 5",
    { "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=2", "PMIX_NAMESPACE=prterun-node7-4711@1", "PMIX_RANK=0" },
    "openmpi prterun-node7-4711@1",
    0,
    2,
    0 },
  { "Open MPI without PMIx",
    { "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=2", "OMPI_MCA_ess_base_jobid=77" },
    "openmpi 77",
    0,
    2,
    0 },
  { "PRRTE, another program", { "PMIX_NAMESPACE=prterun-node7-4711@1", "PMIX_RANK=1" }, "pmix prterun-node7-4711@1", 1, -1, 0 },
  { "MPICH with a port", { "PMI_ID=1", "PMI_PORT=node7:4711" }, "mpich node7:4711", 1, -1, 0 },
  { "MPICH without", { "PMI_RANK=1", "PMI_SIZE=2", "PMI_FD=7" }, "", 1, 2, 0 }, /* and no mpiexec above this process */
  { "MVAPICH", { "MV2_COMM_WORLD_RANK=5", "MV2_COMM_WORLD_SIZE=6" }, "", 5, 6, 0 },

  { "Slurm, one process", { "SLURM_JOB_ID=1234", "SLURM_NTASKS=1", "SLURM_PROCID=0" }, "slurm 1234", -1, -1, 0 },
  { "Slurm, a batch script",
    { "SLURM_JOB_ID=1234", "SLURM_NTASKS=4", "SLURM_PROCID=0", "SLURM_JOB_END_TIME=1893456000" },
    "slurm 1234",
    0,
    4,
    1893456000 },
  { "Slurm, batch's own step",
    { "SLURM_JOB_ID=1234", "SLURM_STEP_ID=4294967291", "SLURM_STEP_NUM_TASKS=1" },
    "slurm 1234",
    -1,
    -1,
    0 },
  { "srun",
    { "SLURM_JOB_ID=1234", "SLURM_STEP_ID=0", "SLURM_NTASKS=2", "SLURM_STEP_NUM_TASKS=2", "SLURM_PROCID=1" },
    "slurm 1234.0",
    1,
    2,
    0 },
  { "srun --mpi=pmi2",
    { "SLURM_JOB_ID=1234", "SLURM_STEP_ID=3", "SLURM_NTASKS=2", "SLURM_STEP_NUM_TASKS=2", "SLURM_PROCID=1", "PMI_RANK=1",
      "PMI_SIZE=2", "PMI_FD=9" },
    "slurm 1234.3",
    1,
    2,
    0 },
  { "srun --mpi=pmix",
    { "SLURM_JOB_ID=1234", "SLURM_STEP_ID=3", "SLURM_NTASKS=2", "SLURM_STEP_NUM_TASKS=2", "SLURM_PROCID=1", "PMIX_RANK=1",
      "PMIX_NAMESPACE=slurm.pmix.1234.3" },
    "slurm 1234.3",
    1,
    2,
    0 },
  { "srun, one process",
    { "SLURM_JOB_ID=1234", "SLURM_STEP_ID=2", "SLURM_NTASKS=1", "SLURM_STEP_NUM_TASKS=1", "SLURM_PROCID=0" },
    "slurm 1234.2",
    -1,
    -1,
    0 },
  { "a job of an array",
    { "SLURM_JOB_ID=1241", "SLURM_ARRAY_JOB_ID=1234", "SLURM_ARRAY_TASK_ID=7", "SLURM_NTASKS=1" },
    "slurm 1234_7",
    -1,
    -1,
    0 },
  { "srun in a job of an array",
    { "SLURM_JOB_ID=1241", "SLURM_ARRAY_JOB_ID=1234", "SLURM_ARRAY_TASK_ID=7", "SLURM_STEP_ID=0", "SLURM_NTASKS=2",
      "SLURM_STEP_NUM_TASKS=2", "SLURM_PROCID=0" },
    "slurm 1234_7.0",
    0,
    2,
    0 },
  { "mpirun in a batch script, beside it",
    { "SLURM_JOB_ID=1234", "SLURM_NTASKS=4", "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=4", "PMIX_NAMESPACE=99" },
    "slurm 1234",
    0,
    4,
    0 },
  { "the same, on another node",
    { "SLURM_JOB_ID=1234", "SLURM_STEP_ID=0", "SLURM_NTASKS=1", "SLURM_STEP_NUM_TASKS=1", "SLURM_PROCID=0",
      "OMPI_COMM_WORLD_RANK=2", "OMPI_COMM_WORLD_SIZE=4", "PMIX_NAMESPACE=99" },
    "slurm 1234",
    2,
    4,
    0 },
  { "no end", { "SLURM_JOB_ID=1234", "SLURM_JOB_END_TIME=UNLIMITED" }, "slurm 1234", -1, -1, 0 },

  { "PBS", { "PBS_JOBID=99.server" }, "pbs 99.server", -1, -1, 0 },
  { "PBS, a job of an array, with Open MPI",
    { "PBS_JOBID=99[3].server", "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=4", "PMIX_NAMESPACE=99" },
    "pbs 99[3].server",
    0,
    4,
    0 },
  { "LSF", { "LSB_JOBID=7", "LSB_JOBINDEX=0" }, "lsf 7", -1, -1, 0 },
  { "LSF, a job of an array", { "LSB_JOBID=7", "LSB_JOBINDEX=12" }, "lsf 7[12]", -1, -1, 0 },
  { "jsrun", { "LSB_JOBID=7", "JSM_NAMESPACE_RANK=0", "JSM_NAMESPACE_SIZE=20" }, "lsf 7", 0, 20, 0 },
  { "Flux", { "FLUX_JOB_ID=f2WZ9Qfo", "FLUX_TASK_RANK=1", "FLUX_JOB_SIZE=2" }, "flux f2WZ9Qfo", 1, 2, 0 },
  { "Flux in a job of Slurm",
    { "FLUX_JOB_ID=f2WZ9Qfo", "FLUX_TASK_RANK=1", "FLUX_JOB_SIZE=2", "SLURM_JOB_ID=1234", "SLURM_JOB_END_TIME=1893456000" },
    "flux f2WZ9Qfo",
    1,
    2,
    1893456000 },
  { "mpiexec of MPICH in a job of Flux",
    { "FLUX_JOB_ID=f2WZ9Qfo", "FLUX_TASK_RANK=0", "FLUX_JOB_SIZE=1", "PMI_RANK=3", "PMI_SIZE=4" },
    "flux f2WZ9Qfo",
    3,
    4,
    0 },
  { "Cobalt", { "COBALT_JOBID=42" }, "cobalt 42", -1, -1, 0 },
  { "PALS without a batch system",
    { "PALS_RANKID=2", "PALS_APID=c0ffee00-1234", "PMI_RANK=2", "PMI_SIZE=8" },
    "pals c0ffee00-1234",
    2,
    8,
    0 },

  { "no numbers", { "PMI_RANK=one", "OMPI_COMM_WORLD_RANK=-1", "PMIX_RANK=4294967294", "FLUX_TASK_RANK=" }, "", -1, -1, 0 },
  { "fewer ranks than this one", { "PMI_RANK=4", "PMI_SIZE=4" }, "", 4, -1, 0 },
  { "a long name",
    { "PBS_JOBID=1234567890123456789012345678901234567890123456789012345678901234567890" },
    "pbs 12345678901234567890123456789012345678901234567890123456789",
    -1,
    -1,
    0 },
};

static void
look_around_in (const char *const environment[MOST_VARIABLES])
{
  assert_int_equal (clearenv (), 0);
  for (size_t i = 0; i < MOST_VARIABLES && environment[i]; i++)
    assert_int_equal (putenv ((char *) (uintptr_t) environment[i]), 0);
  memset (&hashcache__this_job, 0, sizeof hashcache__this_job);
  hashcache__look_around ();
}

static void
launchers_and_batch_systems_are_known (void **state)
{
  (void) state;
  for (size_t i = 0; i < LENGTH (rows); i++) {
    const struct hashcache__job *job = &hashcache__this_job;

    look_around_in (rows[i].environment);
    if (strcmp (job->id, rows[i].id) != 0 || job->rank != rows[i].rank || job->ranks != rows[i].ranks || job->end != rows[i].end)
      fail_msg ("%s: '%s', rank %ld of %ld, ends at %lld", rows[i].what, job->id, job->rank, job->ranks, (long long) job->end);
  }
}

/* The environment is looked at once ---------------------------------------------------------------------------------------- */

static int
is_as_before (void)
{
  char id[HASHCACHE__JOB_ID];

  hashcache__job_id (id);
  return strcmp (id, "slurm 5") == 0 && hashcache__launcher_rank () == 1 && hashcache__launcher_ranks () == 2
         && hashcache__job_end () == 1000;
}

static void
what_was_seen_first_stays (void **state)
{
  static char job[] = "SLURM_JOB_ID=5", rank[] = "PMI_RANK=1", ranks[] = "PMI_SIZE=2", end[] = "SLURM_JOB_END_TIME=1000",
              later[] = "SLURM_JOB_ID=6";
  int status;
  pid_t child;

  (void) state;
  memset (&hashcache__this_job, 0, sizeof hashcache__this_job);
  assert_int_equal (clearenv (), 0);
  assert_int_equal (putenv (job) | putenv (rank) | putenv (ranks) | putenv (end), 0);
  assert_true (is_as_before ());
  assert_int_equal (putenv (later), 0);
  assert_int_equal (unsetenv ("PMI_RANK"), 0);
  assert_true (is_as_before ());
  fflush (NULL);
  child = fork ();
  if (child == 0)
    _exit (is_as_before () ? 0 : 1);
  assert_int_equal (waitpid (child, &status, 0), child);
  assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
}

/* MPICH -------------------------------------------------------------------------------------------------------------------- */

static int
print (void)
{
  char id[HASHCACHE__JOB_ID];

  hashcache__job_id (id);
  printf ("%ld of %ld in '%s' until %lld\n", hashcache__launcher_rank (), hashcache__launcher_ranks (), id,
          (long long) hashcache__job_end ());
  return fflush (stdout);
}

/* A process DEPTH generations below this one prints. */
static int
print_below (int depth)
{
  int status;
  pid_t child;

  if (depth == 0)
    return print ();
  child = fork ();
  if (child == 0)
    _exit (print_below (depth - 1));
  return waitpid (child, &status, 0) == child && WIFEXITED (status) ? WEXITSTATUS (status) : 1;
}

static char self[4096];

static void
expect_below (const char *arguments, const char *text)
{
  char command[5000], line[200] = "";
  FILE *pipe;

  snprintf (command, sizeof command, "'%s' below %s", self, arguments);
  pipe = popen (command, "r");
  assert_non_null (pipe);
  assert_non_null (fgets (line, sizeof line, pipe));
  assert_int_equal (pclose (pipe), 0);
  assert_string_equal (line, text);
}

static void
mpiexec_of_mpich_is_known_by_where_it_listens (void **state)
{
  static char rank[] = "PMI_RANK=1", ranks[] = "PMI_SIZE=2", fd[] = "PMI_FD=8";

  (void) state;
  assert_int_equal (clearenv (), 0);
  assert_int_equal (putenv (rank) | putenv (ranks) | putenv (fd), 0);
  expect_below ("1 --control-port node7:4711 --rmk user", "1 of 2 in 'mpich node7:4711' until 0\n");
  expect_below ("3 --rmk user --control-port node7:4711", "1 of 2 in 'mpich node7:4711' until 0\n");
  expect_below ("1 --rmk user --control-port", "1 of 2 in '' until 0\n");
  assert_int_equal (unsetenv ("PMI_FD"), 0);
  expect_below ("1 --control-port node7:4711 --rmk user", "1 of 2 in '' until 0\n");
}

int
main (int argc, char *argv[])
{
  static const struct CMUnitTest tests[] = {
    cmocka_unit_test (launchers_and_batch_systems_are_known),
    cmocka_unit_test (what_was_seen_first_stays),
    cmocka_unit_test (mpiexec_of_mpich_is_known_by_where_it_listens),
  };

  if (argc > 1 && strcmp (argv[1], "print") == 0)
    return print ();
  if (argc > 2 && strcmp (argv[1], "below") == 0)
    return print_below (atoi (argv[2]));
  if (readlink ("/proc/self/exe", self, sizeof self - 1) < 0)
    return 77;
  return cmocka_run_group_tests (tests, NULL, NULL);
}

/* job.h: where we are: host, launcher's rank, job of the batch system.
   SPDX-License-Identifier: BSD-2-Clause

   All of it is what others have put into the environment, which is looked at once: programs change it, and a forked child belongs
   where its parent does. No process is started and nobody is asked. Where a batch system runs the program the job is what that
   calls so, however many programs it starts; else what one launcher has started. Nothing but texts for people, and how long to
   wait for somebody, may depend on it. */
#ifndef HASHCACHE_JOB_H
#define HASHCACHE_JOB_H

#include "posix.h"

enum { HASHCACHE__JOB_ID = 64 };

struct hashcache__job {
  long rank, ranks; /* -1: no launcher, or unknown                      */
  int64_t end;      /* of the job's time limit, seconds since 1970; or 0 */
  char id[HASHCACHE__JOB_ID];
};

static struct hashcache__job hashcache__this_job;
static pthread_once_t hashcache__job_once = PTHREAD_ONCE_INIT;

static void
hashcache__host_name (char name[256])
{
  if (gethostname (name, 255) != 0)
    memcpy (name, "unknown", sizeof "unknown");
  name[255] = '\0';
}

/* The environment -------------------------------------------------------------------------------------------------------- */

/* The value of VARIABLE, which may be NULL; NULL if it is unset or empty. */
static const char *
hashcache__environment_text (const char *variable)
{
  const char *value = variable ? getenv (variable) : NULL;

  return value && *value ? value : NULL;
}

/* VARIABLE as a number, -1 if it is unset or no number. */
static int64_t
hashcache__environment_number (const char *variable)
{
  const char *value = hashcache__environment_text (variable);
  int64_t number = 0;

  if (!value || strlen (value) > 18)
    return -1;
  for (; *value; value++) {
    if (*value < '0' || *value > '9')
      return -1;
    number = 10 * number + (*value - '0');
  }
  return number;
}

/* Ranks ------------------------------------------------------------------------------------------------------------------ */

/* What launchers call a process's rank and the number of ranks. Those that are likely to have been started by another one come
   first: mpirun in a job of Flux gives a process both kinds. */
static const char *const hashcache__launchers[][2] = { { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" }, /* Open MPI */
                                                       { "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE" },   /* MVAPICH */
                                                       { "PMI_RANK", "PMI_SIZE" }, /* MPICH, Intel MPI, srun --mpi=pmi2 */
                                                       { "PMI_ID", NULL },         /* MPICH, mpiexec -pmi-port */
                                                       { "PMIX_RANK", NULL },      /* PRRTE, srun --mpi=pmix */
                                                       { "JSM_NAMESPACE_RANK", "JSM_NAMESPACE_SIZE" }, /* jsrun */
                                                       { "PALS_RANKID", NULL }, /* mpiexec on Cray machines */
                                                       { "FLUX_TASK_RANK", "FLUX_JOB_SIZE" } };

enum { HASHCACHE__MOST_RANKS = 1000000000 };

static void
hashcache__find_rank (struct hashcache__job *job)
{
  const int64_t tasks = hashcache__environment_number ("SLURM_NTASKS");
  int64_t rank = -1, ranks = -1;

  for (size_t i = 0; rank < 0 && i < sizeof hashcache__launchers / sizeof *hashcache__launchers; i++) {
    rank = hashcache__environment_number (hashcache__launchers[i][0]);
    ranks = hashcache__environment_number (hashcache__launchers[i][1]);
  }
  if (rank < 0 && tasks > 1) /* Slurm sets its rank for serial jobs and batch scripts as well */
    rank = hashcache__environment_number ("SLURM_PROCID");
  if (ranks <= 0)
    ranks = tasks;
  job->rank = rank < HASHCACHE__MOST_RANKS ? (long) rank : -1;
  job->ranks = job->rank >= 0 && ranks > rank && ranks <= HASHCACHE__MOST_RANKS ? (long) ranks : -1;
}

/* Slurm ------------------------------------------------------------------------------------------------------------------ */

/* The step that srun has made for all ranks of JOB, -1 if there is none. mpirun starts its helpers on other nodes by srun: their ranks
   see a step of these helpers, those beside mpirun see none. */
static int64_t
hashcache__slurm_step (const struct hashcache__job *job)
{
  const int64_t step = hashcache__environment_number ("SLURM_STEP_ID"),
                tasks = hashcache__environment_number ("SLURM_STEP_NUM_TASKS");

  if (step >= 0xfffffff0) /* Slurm's own steps: the batch script, an interactive shell */
    return -1;
  return job->rank < 0 || tasks == job->ranks ? step : -1;
}

/* "slurm 1234", "slurm 1234_7" for a job of an array, "slurm 1234.0" in a step. */
static void
hashcache__slurm_id (struct hashcache__job *job)
{
  const char *id = hashcache__environment_text ("SLURM_JOB_ID"), *array = hashcache__environment_text ("SLURM_ARRAY_JOB_ID"),
             *index = hashcache__environment_text ("SLURM_ARRAY_TASK_ID");
  const int64_t step = hashcache__slurm_step (job);
  char dot_step[24] = "";

  if (!id)
    return;
  if (step >= 0)
    snprintf (dot_step, sizeof dot_step, ".%lld", (long long) step);
  if (array && index)
    snprintf (job->id, sizeof job->id, "slurm %s_%s%s", array, index, dot_step);
  else
    snprintf (job->id, sizeof job->id, "slurm %s%s", id, dot_step);
}

/* Other jobs ------------------------------------------------------------------------------------------------------------- */

/* "NAME VALUE" if VARIABLE has a value, unless JOB has an id. */
static void
hashcache__try_id (struct hashcache__job *job, const char *name, const char *variable)
{
  const char *value = hashcache__environment_text (variable);

  if (value && !job->id[0])
    snprintf (job->id, sizeof job->id, "%s %s", name, value);
}

static void
hashcache__lsf_id (struct hashcache__job *job)
{
  const char *id = hashcache__environment_text ("LSB_JOBID");
  const int64_t index = hashcache__environment_number ("LSB_JOBINDEX");

  if (!id || job->id[0])
    return;
  if (index > 0)
    snprintf (job->id, sizeof job->id, "lsf %s[%lld]", id, (long long) index);
  else /* no array */
    snprintf (job->id, sizeof job->id, "lsf %s", id);
}

/* The beginning of /proc/PID/NAME; returns its length, and puts a NUL behind it. */
static size_t
hashcache__read_about_process (long pid, const char *name, char *bytes, size_t size)
{
  char path[64];
  ssize_t n;
  int fd;

  snprintf (path, sizeof path, "/proc/%ld/%s", pid, name);
  fd = hashcache__open (path, O_RDONLY);
  n = fd >= 0 ? read (fd, bytes, size - 1) : 0;
  if (fd >= 0)
    close (fd);
  n = n > 0 ? n : 0;
  bytes[n] = '\0';
  return (size_t) n;
}

static long
hashcache__parent_of (long pid)
{
  char stat[512];
  const char *end;
  long parent = 0;

  (void) hashcache__read_about_process (pid, "stat", stat, sizeof stat);
  end = strrchr (stat, ')'); /* the command's name may hold anything */
  return end && sscanf (end + 1, " %*c %ld", &parent) == 1 ? parent : 0;
}

/* MPICH's mpiexec tells its ranks nothing that they have in common, unless it is told to use a port for that. But what it starts on
   each node, whose children they are, is told where mpiexec listens. */
static void
hashcache__mpich_id (struct hashcache__job *job)
{
  static const char option[] = "--control-port";
  char line[2048];

  hashcache__try_id (job, "mpich", "PMI_PORT");
  if (!hashcache__environment_text ("PMI_FD"))
    return;
  for (long pid = (long) getppid (), i = 0; !job->id[0] && pid > 1 && i < 8; pid = hashcache__parent_of (pid), i++) {
    const size_t n = hashcache__read_about_process (pid, "cmdline", line, sizeof line);

    for (const char *word = line; word < line + n; word += strlen (word) + 1)
      if (strcmp (word, option) == 0 && word[sizeof option])
        snprintf (job->id, sizeof job->id, "mpich %s", word + sizeof option);
  }
}

/* All of it -------------------------------------------------------------------------------------------------------------- */

static void
hashcache__look_around (void)
{
  struct hashcache__job *job = &hashcache__this_job;
  const int64_t end = hashcache__environment_number ("SLURM_JOB_END_TIME");

  hashcache__find_rank (job);
  hashcache__try_id (job, "flux", "FLUX_JOB_ID"); /* first: Flux itself may be a job of another batch system */
  if (!job->id[0])
    hashcache__slurm_id (job);
  hashcache__try_id (job, "pbs", "PBS_JOBID");
  hashcache__lsf_id (job);
  hashcache__try_id (job, "cobalt", "COBALT_JOBID");
  hashcache__try_id (job, "pals", "PALS_APID");
  if (hashcache__environment_text ("OMPI_COMM_WORLD_RANK")) {
    hashcache__try_id (job, "openmpi", "PMIX_NAMESPACE");
    hashcache__try_id (job, "openmpi", "OMPI_MCA_ess_base_jobid");
  }
  hashcache__try_id (job, "pmix", "PMIX_NAMESPACE");
  hashcache__mpich_id (job);
  job->end = end > 0 ? end : 0;
}

static const struct hashcache__job *
hashcache__job (void)
{
  pthread_once (&hashcache__job_once, hashcache__look_around);
  return &hashcache__this_job;
}

/* This process's number among those that a parallel launcher started; -1 if none did. */
static long
hashcache__launcher_rank (void)
{
  return hashcache__job ()->rank;
}

/* How many processes the launcher started; -1 if unknown. */
static long
hashcache__launcher_ranks (void)
{
  return hashcache__job ()->ranks;
}

/* A text for this job that all its ranks share and other jobs that run now do not: "slurm 1234_7.0", "pbs 99.server", "openmpi 2139357185".
   Empty if nothing tells. */
static void
hashcache__job_id (char id[HASHCACHE__JOB_ID])
{
  memcpy (id, hashcache__job ()->id, HASHCACHE__JOB_ID);
}

/* When the job is ended at the latest, in seconds since 1970; 0 if unknown. */
__attribute__ ((unused)) static int64_t
hashcache__job_end (void)
{
  return hashcache__job ()->end;
}

#endif

#!/bin/sh
# slurm.sh: steps, jobs and arrays of jobs that Slurm runs share what they compute, and one that is cancelled hinders nobody.
# SPDX-License-Identifier: BSD-2-Clause
#
# slurm.sh DIRECTORY MPI: runs the program that build.sh has put into DIRECTORY; MPI is openmpi or mpich. Slurm is this test's own: its
# daemons have their settings, key, state and sockets in a directory that goes away, and listen on the loopback interface.
# Only root can start them. Status 77 where that is not to be had.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/../../cmake/mpi.sh"
. "$here/launch.sh"
PATH=$PATH:/usr/sbin
mpi=$2
program=$1/faults.$mpi
host=$(uname -n)
failures=0
daemons=
case $mpi in openmpi) pmi=pmix ;; *) pmi=pmi2 ;; esac

skip () {
  echo "SKIPPED: $*" >&2
  exit 77
}

[ "$(id -u)" -eq 0 ] || skip "only root can run Slurm's daemons"
for command in slurmctld slurmd munged srun sbatch scancel squeue; do
  command -v "$command" >/dev/null 2>&1 || skip "no $command here"
done
scratch
log=$work/log
SLURM_CONF=$work/slurm.conf
HASHCACHE_DIR=$work/cache
export SLURM_CONF HASHCACHE_DIR

# clean_up: ends jobs first, since their steps outlive the daemons.
clean_up () {
  if [ -n "$daemons" ]; then
    timeout 10 scancel --full --signal=KILL --user=root 2>/dev/null
    soon 20 no_jobs
  fi
  for daemon in $daemons; do
    kill "$daemon" 2>/dev/null
  done
  wait
  rm -rf "$work"
}
trap clean_up EXIT

# soon N COMMAND: waits until COMMAND succeeds, N quarters of a second at most.
soon () {
  tries=$1
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.25
  done
}

no_jobs () {
  jobs_left=$(timeout 5 squeue -h 2>&1) && [ -z "$jobs_left" ]
}

is_idle () {
  [ "$(timeout 5 sinfo -h -o %T 2>/dev/null)" = idle ]
}

# configure PORT: a cluster of this machine alone, which may have more processors than there are.
configure () {
  mkdir -p "$work/state" "$work/spool" "$work/munge"
  : >"$work/cgroup.conf"
  cat >"$SLURM_CONF" <<END
ClusterName=hashcache-test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
CredType=cred/munge
SlurmctldPort=$1
SlurmdPort=$(($1 + 1))
SrunPortRange=$(($1 + 2))-$(($1 + 90))
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=$pmi
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=1
KillWait=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=16 State=UNKNOWN
PartitionName=test Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
}

# daemon NAME COMMAND...: starts it in the foreground, so that its number is known.
daemon () {
  name=$1
  shift
  "$@" >"$work/$name.out" 2>&1 &
  daemons="$! $daemons"
}

start_slurm () {
  configure $((20000 + $$ % 100 * 100))
  (umask 077 && head -c 1024 /dev/urandom >"$work/munge.key")
  daemon munged munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge/socket" \
    --pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed"
  soon 40 test -S "$work/munge/socket" || skip "munged does not start: $(cat "$work/munged.out")"
  daemon slurmctld slurmctld -i -D
  daemon slurmd slurmd -D
  soon 120 is_idle || skip "Slurm does not start: $(tail -n 5 "$work/slurmctld.out" "$work/slurmd.out" 2>&1)"
  srun --mpi=list 2>&1 | grep -q "$pmi" || skip "this Slurm knows no --mpi=$pmi"
}

fail () {
  echo "$mpi: $*" >&2
  failures=$((failures + 1))
}

# count WHAT FILE: the number of lines that match WHAT.
count () {
  grep -c -e "$1" "$2" 2>/dev/null || [ $? -eq 1 ] || echo 0
}

# lines N WHAT FILE: exactly N lines of FILE match WHAT.
lines () {
  found=$(count "$2" "$3")
  [ "$found" -eq "$1" ] || fail "$found lines \"$2\" in ${3##*/}, not $1"
}

at_least () {
  [ "$(count "$2" "$3")" -ge "$1" ]
}

# reached N WHAT FILE: waits until N lines of FILE match WHAT, a minute at most.
reached () {
  soon 240 at_least "$@" || fail "no $1 lines \"$2\" in ${3##*/}"
}

# fresh: an empty cache, an empty log.
fresh () {
  rm -rf "$work/cache" "$log" "$log".*
  : >"$log"
}

# step NAME TASKS ARGUMENTS...: a job of one step, which may take five minutes; its output goes to out.NAME.
step () {
  name=$1
  tasks=$2
  shift 2
  timeout -k 10 120 srun -n "$tasks" -t 5 --mpi="$pmi" "$program" "$log" "$@" >"$work/out.$name" 2>&1
}

# once KEYS: each key was computed once.
once () {
  lines "$1" '^begin' "$log"
  lines "$1" '^end' "$log"
  [ "$(sort -k 1,2 -u "$log" | wc -l)" -eq $((2 * $1)) ] || fail "not each once"
}

# job_ids: those of the entries, each once, on a line.
job_ids () {
  for entry in "$work"/cache/objects/*/*.h5; do
    h5dump -a /job "$entry" | sed -n 's/.*(0): "\(.*\)".*/\1/p'
  done | sort -u | paste -s -d ,
}

# ids PATTERN: all entries were made by jobs whose number is like PATTERN.
ids () {
  found=$(job_ids)
  odd=$(echo "$found" | tr , '\n' | grep -v -x -e "$1")
  [ -n "$found" ] && [ -z "$odd" ] || fail "jobs of entries: $found, not $1"
  echo "$mpi: entries made by $found"
}

four_tasks () {
  fresh
  HASHCACHE_STATS=$work/stats step attached 4 8 20 a || fail "four tasks: status $?"
  once 8
  ids 'slurm [0-9]*\.0'
  lines 1 '^hashcache: ' "$work/out.attached"
  lines 1 '^hashcache: 4 ranks on 1 node: 32 calls: ' "$work/out.attached"
  for rank in 0 1 2 3; do
    lines 1 "\"rank\": $rank," "$work/stats"
  done
  fresh
  step alone 4 8 20 - || fail "four tasks that are not attached: status $?"
  once 8
  lines 1 '^hashcache: ' "$work/out.alone"
  lines 1 '^hashcache: rank 0 for itself: 8 calls: ' "$work/out.alone"
}

# batch NAME SBATCH_OPTION... -- ARGUMENT...: a batch job of one step; its number is in $number.
batch () {
  name=$1
  options=
  shift
  while [ "$1" != -- ]; do
    options="$options $1"
    shift
  done
  shift
  printf '#!/bin/sh\nsrun --mpi=%s "%s" "%s" %s\n' "$pmi" "$program" "$log" "$*" >"$work/$name.sh"
  # shellcheck disable=SC2086
  number=$(timeout 120 sbatch --parsable -t 5 -o "$work/out.$name.%a" $options "$work/$name.sh") || fail "sbatch: status $?"
}

array () {
  fresh
  batch array -n1 --array=0-3 --wait -- 8 200 a
  once 8
  ids "slurm ${number}_[0-3]\.0"
  cat "$work"/out.array.* >"$work/out.all"
  lines 4 '^hashcache: 1 rank on 1 node: 8 calls: ' "$work/out.all"
}

# ended WHAT COMMAND...: a job that computes is ended by COMMAND and the job's number, while another one waits.
ended () {
  what=$1
  shift
  fresh
  batch "$what" -n2 -- 3 50 a hang 1
  reached 1 '^begin 1 ' "$log"
  asked=$(count '^ask 1 ' "$log.asks")
  step "after.$what" 2 3 50 a &
  after=$!
  reached $((asked + 2)) '^ask 1 ' "$log.asks"
  : >"$log.go"
  "$@" "$number"
  wait "$after" || fail "$what: the job that waited ended with status $?"
  lines 1 '^end 1 ' "$log"
  lines 1 '^end 2 ' "$log"
  lines 1 '^begin 2 ' "$log"
  echo "$mpi: $what: $(squeue -h -t all -j "$number" -o %T), the other job went on"
}

# time_is_up NUMBER: the job has reached its time limit; Slurm looks every half a minute.
time_is_up () {
  scontrol update "jobid=$1" EndTime=now || fail "scontrol: status $?"
}

# Who waits for long learns for which job.
waiting () {
  fresh
  batch long -n2 -- 1 0 a long 0
  reached 1 '^begin 0 ' "$log"
  step waiting 2 1 0 a || fail "the job that waited: status $?"
  once 1
  lines 1 'waits for' "$work/out.waiting"
  lines 1 "waits for 1[0-9] s already: rank [01].* on $host (process [0-9]*, job slurm $number\.0) computes it" "$work/out.waiting"
}

start_slurm
four_tasks
array
ended cancelled scancel
ended timeout time_is_up
waiting
[ "$failures" -eq 0 ] || for out in "$work"/out.* "$log"; do
  echo "--- ${out##*/}" && cat "$out"
done >&2
exit $((failures > 0))

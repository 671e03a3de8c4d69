# mpi.sh: settings under which mpirun works on a laptop, in a container and as root; to be sourced.
# SPDX-License-Identifier: BSD-2-Clause
#
# Only what the user has not set already is set. MPICH and other launchers do not look at these variables.

# Open MPI refuses root unless told twice that this is meant: in containers there is often nobody else.
: "${OMPI_ALLOW_RUN_AS_ROOT=1}" "${OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1}"
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM

# More ranks than cores: allowed, and idle ranks leave the core to the others. PRTE is the launcher of Open MPI 5.
: "${OMPI_MCA_rmaps_base_oversubscribe=1}" "${PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe}"
: "${OMPI_MCA_mpi_yield_when_idle=1}"
export OMPI_MCA_rmaps_base_oversubscribe PRTE_MCA_rmaps_default_mapping_policy OMPI_MCA_mpi_yield_when_idle

# No binding to cores: two jobs started side by side would both be bound to the first ones.
: "${OMPI_MCA_hwloc_base_binding_policy=none}" "${PRTE_MCA_hwloc_default_binding_policy=none}"
export OMPI_MCA_hwloc_base_binding_policy PRTE_MCA_hwloc_default_binding_policy

# Containers forbid process_vm_readv, with which ranks of a node read each other's memory; Open MPI then complains at each message.
: "${OMPI_MCA_btl_vader_single_copy_mechanism=none}"
export OMPI_MCA_btl_vader_single_copy_mechanism

# Without ssh Open MPI has no way to other nodes, and must be told not to look for one.
if ! command -v ssh >/dev/null 2>&1 && ! command -v rsh >/dev/null 2>&1; then
  : "${OMPI_MCA_plm_rsh_agent=}" "${OMPI_MCA_plm=isolated}"
  export OMPI_MCA_plm_rsh_agent OMPI_MCA_plm
fi

# separate_session DIR: the jobs that follow keep their session files in DIR, which must go away later. Jobs of one user share a
# directory below /tmp by default, and mpirun fails now and then where another one makes or removes it at the same moment.
separate_session () {
  mkdir -p "$1"
  OMPI_MCA_orte_tmpdir_base=$1
  PRTE_MCA_prte_tmpdir_base=$1
  export OMPI_MCA_orte_tmpdir_base PRTE_MCA_prte_tmpdir_base
}

/* options.cc: the options that can change a value a function computes.
   SPDX-License-Identifier: GPL-3.0-or-later

   Optimisation levels are not among them: what GCC may do under -O it must do without changing results, unless one of these
   allows it. Each is asked for per function, so that attributes and pragmas count. What changes types or constants (-mlong-double,
   -funsigned-char, -fshort-enums, -m32) shows in the text of the body.  */

#include "plugin.h"

/* True if the target of FNDECL fuses multiplications and additions.  */

static bool
fma_p (tree fndecl)
{
  push_cfun (DECL_STRUCT_FUNCTION (fndecl));
  bool result = direct_internal_fn_supported_p (IFN_FMA, double_type_node, OPTIMIZE_FOR_SPEED)
		|| direct_internal_fn_supported_p (IFN_FMA, float_type_node, OPTIMIZE_FOR_SPEED);
  pop_cfun ();
  return result;
}

/* True if the target can hold a value with more precision than its type.  */

static bool
excess_precision_p ()
{
  return targetm.c.excess_precision (EXCESS_PRECISION_TYPE_STANDARD) != FLT_EVAL_METHOD_PROMOTE_TO_FLOAT;
}

/* All options of optimisation and target of FNDECL: where GCC may change values to be faster, how depends on each of them.  */

static std::string
all_options (tree fndecl)
{
  tree optimization = DECL_FUNCTION_SPECIFIC_OPTIMIZATION (fndecl), target = DECL_FUNCTION_SPECIFIC_TARGET (fndecl);
  char *bytes = NULL;
  size_t n = 0;
  FILE *stream = open_memstream (&bytes, &n);
  if (!stream)
    fatal_error (DECL_SOURCE_LOCATION (fndecl), "hashcache: out of memory");
  cl_optimization_print (stream, 0, TREE_OPTIMIZATION (optimization ? optimization : optimization_default_node));
  cl_target_option_print (stream, 0, TREE_TARGET_OPTION (target ? target : target_option_default_node));
  fclose (stream);
  std::string text (bytes, n);
  free (bytes);
  return text;
}

/* True if GCC may compute a quotient or a root in FNDECL from the processor's own approximation.  */

bool
approximate_options_p (tree fndecl)
{
  return opt_for_fn (fndecl, flag_unsafe_math_optimizations) || opt_for_fn (fndecl, flag_reciprocal_math);
}

/* The options of FNDECL that are not at the value that keeps to the language's own rules, as text.  */

std::string
value_options (tree fndecl)
{
  std::string text;
  auto add = [&text] (bool differs, const char *name) {
    if (differs)
      text += std::string (" ") + name;
  };
  add (opt_for_fn (fndecl, flag_unsafe_math_optimizations), "unsafe-math-optimizations");
  add (opt_for_fn (fndecl, flag_associative_math), "associative-math");
  add (opt_for_fn (fndecl, flag_reciprocal_math), "reciprocal-math");
  add (opt_for_fn (fndecl, flag_finite_math_only), "finite-math-only");
  add (!opt_for_fn (fndecl, flag_signed_zeros), "no-signed-zeros");
  add (!opt_for_fn (fndecl, flag_trapping_math), "no-trapping-math");
  add (opt_for_fn (fndecl, flag_rounding_math), "rounding-math");
  add (opt_for_fn (fndecl, flag_signaling_nans), "signaling-nans");
  add (opt_for_fn (fndecl, flag_cx_limited_range), "cx-limited-range");
  add (opt_for_fn (fndecl, flag_cx_fortran_rules), "cx-fortran-rules");
  add (opt_for_fn (fndecl, flag_float_store), "float-store");
  add (flag_single_precision_constant, "single-precision-constant");
  if (excess_precision_p ())
    add (true, opt_for_fn (fndecl, flag_excess_precision) == EXCESS_PRECISION_STANDARD ? "excess-precision-standard" : "excess-precision");
  add (opt_for_fn (fndecl, flag_wrapv), "wrapv");
  add (opt_for_fn (fndecl, flag_wrapv_pointer), "wrapv-pointer");
  add (opt_for_fn (fndecl, flag_trapv), "trapv");
  add (!opt_for_fn (fndecl, flag_aggressive_loop_optimizations), "no-aggressive-loop-optimizations");
  /* Programs that break the rules of the language ask for these, and their results depend on it.  */
  add (opt_for_fn (fndecl, optimize) >= 2 && !opt_for_fn (fndecl, flag_strict_aliasing), "no-strict-aliasing");
  add (opt_for_fn (fndecl, optimize) >= 2 && !opt_for_fn (fndecl, flag_delete_null_pointer_checks), "no-delete-null-pointer-checks");
  bool contract = opt_for_fn (fndecl, optimize) && opt_for_fn (fndecl, flag_fp_contract_mode) == FP_CONTRACT_FAST && fma_p (fndecl);
  add (contract, "contract");
  if (contract || opt_for_fn (fndecl, flag_unsafe_math_optimizations) || opt_for_fn (fndecl, flag_associative_math)
      || opt_for_fn (fndecl, flag_reciprocal_math))
    text += "\n" + all_options (fndecl);
  return text;
}

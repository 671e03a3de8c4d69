/* plugin.cc: registration with GCC, and the one pass.
   SPDX-License-Identifier: GPL-3.0-or-later

   While C is parsed the plugin only takes notes (attributes.cc, prototypes.cc). When the whole unit has been lowered and nothing
   has been optimised yet, the pass digests every function and emits its node (nodes.cc), and turns marked functions into wrappers
   (contract.cc, wrapper.cc). Units in other languages, and the link-time stage of -flto, pass through untouched.

   -fplugin-arg-hashcache-dump writes name, digest and canonical text of each function to the standard error; choices.cc
   has all options.

   To debug a crash of the compiler: gcc -wrapper gdb,--args -fplugin=...  */

#include "plugin.h"

int plugin_is_GPL_compatible;

namespace {

const pass_data hashcache_pass_data = { SIMPLE_IPA_PASS, "hashcache", OPTGROUP_NONE, TV_NONE, 0, 0, 0, 0, 0 };

bool noted; /* The pass has run.  */

void (*next_cleanup) (void); /* What the front end itself has to do after the compilation.  */

class hashcache_pass : public simple_ipa_opt_pass
{
public:
  hashcache_pass () : simple_ipa_opt_pass (hashcache_pass_data, g) {}
  bool gate (function *) final override { return !seen_error (); }
  unsigned execute (function *) final override;
};

/* The marked functions of the unit, in the order of the source.  */

std::vector<tree>
marked_functions ()
{
  std::map<int, tree> marked;
  cgraph_node *node;
  FOR_EACH_DEFINED_FUNCTION (node)
    if (!node->alias && marked_p (node->decl) && !DECL_EXTERNAL (node->decl) && node->has_gimple_body_p ())
      marked[node->order] = node->decl;
  std::vector<tree> ordered;
  for (auto &entry : marked)
    ordered.push_back (entry.second);
  return ordered;
}

/* Make all tables and hand them to GCC.  */

void
make_tables ()
{
  if (emitting_late_p ())
    switch_to_section (data_section); /* What follows is no code.  */
  make_nodes ();
  emit_tables ();
}

unsigned
hashcache_pass::execute (function *)
{
  note_functions ();
  std::vector<std::pair<tree, tree>> contracts;
  for (tree fndecl : marked_functions ())
    if (tree contract = contract_table (fndecl))
      contracts.push_back ({ fndecl, contract });
  write_reports ();
  if (!seen_error ())
    for (auto &c : contracts)
      make_wrapper (c.first, c.second);
  if (!emitting_late_p ())
    make_tables ();
  noted = true;
  return 0;
}

/* GCC has written all functions and variables of the unit.  */

void
finish_unit ()
{
  if (emitting_late_p () && noted && !seen_error ())
    make_tables ();
  if (next_cleanup)
    next_cleanup ();
}

/* True if the compiler proper at hand compiles C.  */

bool
compiling_c_p ()
{
  const char *name = lang_hooks.name;
  return !strncmp (name, "GNU C", 5) && (name[5] == '\0' || ISDIGIT (name[5]));
}

/* PLUGIN_START_UNIT: the language is known, the passes have not run.  */

void
start_unit (void *, void *plugin_name)
{
  if (!compiling_c_p ())
    return;
  const char *name = static_cast<const char *> (plugin_name);
  read_outside_contracts ();
  struct register_pass_info pass = { new hashcache_pass (), "*free_lang_data", 1, PASS_POS_INSERT_BEFORE };
  register_callback (name, PLUGIN_PASS_MANAGER_SETUP, NULL, &pass);
  register_callback (name, PLUGIN_FINISH_DECL, note_declaration, NULL);
  register_callback (name, PLUGIN_FINISH_TYPE, note_type, NULL);
  register_callback (name, PLUGIN_PRE_GENERICIZE, note_definition, NULL);
  register_callback (name, PLUGIN_PRE_GENERICIZE, place_questions, NULL);
  next_cleanup = lang_hooks.decls.post_compilation_parsing_cleanups;
  lang_hooks.decls.post_compilation_parsing_cleanups = finish_unit;
}

struct plugin_info information = { "1", "hashcache: caches calls of functions marked HASHCACHE" };

} // anonymous namespace

/* With -flto the object file holds what GCC knew before it optimised, and the tables must be part of that.  */

bool
emitting_late_p ()
{
  return !flag_generate_lto;
}

/* Register with the GCC of VERSION under the name in INFO.  */

int
plugin_init (struct plugin_name_args *info, struct plugin_gcc_version *version)
{
  if (!plugin_default_version_check (version, &gcc_version))
    {
      error ("the hashcache plugin was built for GCC %s, this is GCC %s: use the plugin built for it", gcc_version.basever,
	     version->basever);
      return 1;
    }
  if (!read_choices (info))
    return 1;
  register_callback (info->base_name, PLUGIN_INFO, NULL, &information);
  register_callback (info->base_name, PLUGIN_ATTRIBUTES, register_hashcache_attributes, NULL);
  register_callback (info->base_name, PLUGIN_START_UNIT, start_unit, info->base_name);
  return 0;
}

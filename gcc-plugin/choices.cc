/* choices.cc: what the user chose on the command line: -fplugin-arg-hashcache-NAME or -fplugin-arg-hashcache-NAME=VALUE[,VALUE].
   SPDX-License-Identifier: GPL-3.0-or-later

   Options with values may be repeated, and their values add up. Each value is a glob, as the shell has them, over names of the
   source: `*', `?' and `[...]'.  */

#include "plugin.h"
#include <fnmatch.h>

namespace {

struct choice
{
  const char *name;
  const char *values;             /* What is to stand behind the `=', NULL for an option without values.  */
  bool given;
  std::vector<std::string> globs; /* In the order given.  */
};

/* In the order of enum choice_name.  */

choice choices[] = {
  { "dump", NULL, false, {} },
  { "trust", "FUNCTION[,FUNCTION]", false, {} },
  { "mark", "FUNCTION[,FUNCTION]", false, {} },
  { "ignore", "VARIABLE[,VARIABLE]", false, {} },
  { "refuse", "warn|error", false, {} },
};

choice *
find_choice (const char *name)
{
  for (choice &c : choices)
    if (!strcmp (c.name, name))
      return &c;
  return NULL;
}

/* Append the parts of TEXT between commas to GLOBS; false if one of them is empty.  */

bool
split (const std::string &text, std::vector<std::string> *globs)
{
  for (size_t from = 0, to; from <= text.size (); from = to + 1)
    {
      to = std::min (text.find (',', from), text.size ());
      if (to == from)
	return false;
      globs->push_back (text.substr (from, to - from));
    }
  return true;
}

/* The options there are, for a message.  */

std::string
all_choices ()
{
  std::string list;
  for (const choice &c : choices)
    list += (list.empty () ? "" : ", ") + std::string (c.name) + (c.values ? std::string ("=") + c.values : "");
  return list;
}

/* Take the option NAME, with VALUE or NULL; false after an error.  */

bool
take_choice (const char *name, const char *value)
{
  choice *c = find_choice (name);
  if (!c)
    error ("the hashcache plugin knows no option %qs, only: %s", name, all_choices ().c_str ());
  else if (!c->values && value)
    error ("the option %qs of the hashcache plugin takes no value", name);
  else if (c->values && (!value || !split (value, &c->globs)))
    error ("the option %qs of the hashcache plugin needs a value: %<-fplugin-arg-hashcache-%s=%s%>", name, name, c->values);
  else if (c == &choices[CHOICE_REFUSE] && strcmp (value, "warn") && strcmp (value, "error"))
    error ("the option %qs of the hashcache plugin is %qs or %qs", name, "warn", "error");
  else
    return c->given = true;
  return false;
}

} // anonymous namespace

/* Read the options of the plugin in INFO; false after an error.  */

bool
read_choices (const struct plugin_name_args *info)
{
  bool fine = true;
  for (int i = 0; i < info->argc; i++)
    fine &= take_choice (info->argv[i].key, info->argv[i].value);
  return fine;
}

/* True if the option WHICH was given.  */

bool
chosen_p (choice_name which)
{
  return choices[which].given;
}

/* True if the option WHICH was given with a value that matches NAME.  */

bool
chosen_p (choice_name which, const char *name)
{
  for (const std::string &glob : choices[which].globs)
    if (!fnmatch (glob.c_str (), name, 0))
      return true;
  return false;
}

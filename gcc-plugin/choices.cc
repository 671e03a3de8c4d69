/* choices.cc: what the user chose on the command line: -fplugin-arg-hashcache-NAME or -fplugin-arg-hashcache-NAME=VALUE[,VALUE].
   SPDX-License-Identifier: GPL-3.0-or-later

   Options with values may be repeated, and their values add up. Each value is a glob, as the shell has them, over names of the
   source: `*', `?' and `[...]'; or the name of a file.  */

#include "plugin.h"
#include <fnmatch.h>

namespace {

/* What stands behind the `='.  */

enum choice_kind
{
  CHOICE_OF_NOTHING,
  CHOICE_OF_NAMES,       /* Globs between commas.  */
  CHOICE_OF_FILE,
  CHOICE_OF_FILE_OR_NOTHING
};

struct choice
{
  const char *name;
  choice_kind kind;
  const char *values;              /* What the values are, for messages.  */
  bool given;
  std::vector<std::string> values_given; /* In this order.  */
};

/* In the order of enum choice_name.  */

choice choices[] = {
  { "dump", CHOICE_OF_NOTHING, "", false, {} },
  { "trust", CHOICE_OF_NAMES, "=FUNCTION[,FUNCTION]", false, {} },
  { "mark", CHOICE_OF_NAMES, "=FUNCTION[,FUNCTION]", false, {} },
  { "ignore", CHOICE_OF_NAMES, "=VARIABLE[,VARIABLE]", false, {} },
  { "refuse", CHOICE_OF_NAMES, "=warn|error", false, {} },
  { "report", CHOICE_OF_FILE_OR_NOTHING, "[=FILE]", false, {} },
  { "contract", CHOICE_OF_FILE, "=FILE", false, {} },
};

choice *
find_choice (const char *name)
{
  for (choice &c : choices)
    if (!strcmp (c.name, name))
      return &c;
  return NULL;
}

/* Append the parts of TEXT between commas to VALUES; false if one of them is empty.  */

bool
split (const std::string &text, std::vector<std::string> *values)
{
  for (size_t from = 0, to; from <= text.size (); from = to + 1)
    {
      to = std::min (text.find (',', from), text.size ());
      if (to == from)
	return false;
      values->push_back (text.substr (from, to - from));
    }
  return true;
}

/* The options there are, for a message.  */

std::string
all_choices ()
{
  std::string list;
  for (const choice &c : choices)
    list += (list.empty () ? "" : ", ") + std::string (c.name) + c.values;
  return list;
}

/* Take VALUE, which may be NULL, for C; false if it is none that C has.  */

bool
take_value (choice *c, const char *value)
{
  if (!value)
    return c->kind == CHOICE_OF_FILE_OR_NOTHING || c->kind == CHOICE_OF_NOTHING;
  if (c->kind == CHOICE_OF_NAMES)
    return split (value, &c->values_given);
  c->values_given.push_back (value);
  return *value;
}

/* Take the option NAME, with VALUE or NULL; false after an error.  */

bool
take_choice (const char *name, const char *value)
{
  choice *c = find_choice (name);
  if (!c)
    error ("the hashcache plugin knows no option %qs, only: %s", name, all_choices ().c_str ());
  else if (c->kind == CHOICE_OF_NOTHING && value)
    error ("the option %qs of the hashcache plugin takes no value", name);
  else if (!take_value (c, value))
    error ("the option %qs of the hashcache plugin needs a value: %<-fplugin-arg-hashcache-%s%s%>", name, name, c->values);
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
  for (const std::string &glob : choices[which].values_given)
    if (!fnmatch (glob.c_str (), name, 0))
      return true;
  return false;
}

/* The values that the option WHICH was given, in order.  */

const std::vector<std::string> &
choice_values (choice_name which)
{
  return choices[which].values_given;
}

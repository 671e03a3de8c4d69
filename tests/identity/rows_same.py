# rows_same.py: edits and options that cannot change a result, and therefore no key: see pairs.py for how to read a row.
# SPDX-License-Identifier: BSD-2-Clause
from pairs import program, same
from programs import HEAD, KERNEL, SHARED, UNITS, body

# Layout -------------------------------------------------------------------------------------------------------------------

same ("comments", KERNEL, KERNEL.edit ("real sum = 0;", "real sum /* of all */ = 0; // begins empty"), "comments are no code")
same ("a long comment above", KERNEL, KERNEL.top ("/* One\n\n\ntwo\n*/\n\n"), "every line moves, no token changes")
same ("white space", KERNEL, KERNEL.edit ("sum += table[i & 3] * first + parameter;",
      "sum+=table [ i&3 ]\n*first\n\n+   parameter ;"),
      "white space is no code")
same ("a line joined by backslashes", KERNEL, KERNEL.edit ("calls++;", "cal\\\nls+\\\n+;"),
      "lines are joined before tokens are read")
for style in ("LLVM", "Mozilla", "Microsoft"):
  same (f"reformatted: {style}", KERNEL, KERNEL.built (formatted=style), "reformatting changes white space only")
same ("parentheses", KERNEL, KERNEL.edit ("table[i & 3] * first + parameter", "(((table[(i & 3)]) * first) + (parameter))"),
      "they say what holds already")
same ("a block around a statement", KERNEL, KERNEL.edit ("calls++;", "{ { calls++; } ; }"),
      "a block without declarations is no code")
same ("#line", KERNEL, KERNEL.edit ("static double\nhelper", '#line 7000 "generated from elsewhere.y"\nstatic double\nhelper'),
      "where a line came from is no code")
same ("__FILE__ and __LINE__ that nothing returns", KERNEL, KERNEL.edit ("calls++;",
      "calls++; (void) __FILE__; (void) __LINE__;"),
      "their values are not used")

# Places -------------------------------------------------------------------------------------------------------------------

FUNCTION = KERNEL.files[0][1].partition ("HASHCACHE double\n")[2].partition ("int\nmain")[0]
same ("another file name", KERNEL, KERNEL.rename ("main.c", "another name.c"), "the name of the file is not in the code")
same ("another directory", KERNEL, KERNEL.built (directory="deep/below/a directory"), "nor that of the directory")
same ("a file in a subdirectory", UNITS, UNITS.rename ("deep.c", "source/deep.c"), "nor the path to it")
same ("built elsewhere, with -g", KERNEL.options ("-O1 -g"), KERNEL.options ("-O1 -g").built (directory="e l s e"),
      "debug information holds paths, a key does not")
same ("moved within the file", KERNEL,
      KERNEL.edit ("HASHCACHE double\n" + FUNCTION, "double calculate (int n, const double value[n]) HASHCACHE;\n")
      .edit ("  return 0;\n}\n", "  return 0;\n}\n\ndouble\n" + FUNCTION), "the order of definitions is no code")
same ("moved to another file", UNITS,
      UNITS.edit ("HASHCACHE double calculate (int n, double x) { return middle (x) + n; }",
      "double calculate (int n, double x);")
      .top ("double middle (double x);\nHASHCACHE double calculate (int n, double x) { return middle (x) + n; }", "deep.c")
      .top ("#include <hashcache.h>", "deep.c"), "the linker joins what is in several files")
same ("two files become one", UNITS, UNITS.rename ("deep.c", "deep.h").edit ("double deep (double x);\nextern double offset;\n"
      "extern const int factors[3];", '#include "deep.h"'), "where a function is defined does not matter")
same ("static helper moved to another unit and made external", KERNEL,
      KERNEL.edit ("static double\nhelper (double x)\n{\n  return x * 2 + 1;\n}", "double helper (double x);")
      .add ("helper.c", "double\nhelper (double x)\n{\n  return x * 2 + 1;\n}\n"), "it computes the same there")
same ("inline in a header, or in a .c file",
      program ('//// main.c\n#include "square.h"' + HEAD + 'HASHCACHE double calculate (double x) { return square (x) + 1; }\n'
               'int main (void) { printf ("%a\\n", calculate (1.5)); return 0; }\n'
               '//// square.h\nstatic inline double square (double x) { return x * x; }'),
      program ('//// main.c\n#include "square.h"' + HEAD + 'HASHCACHE double calculate (double x) { return square (x) + 1; }\n'
               'int main (void) { printf ("%a\\n", calculate (1.5)); return 0; }\n//// square.h\ndouble square (double x);\n'
               '//// square.c\n#include "square.h"\ndouble square (double x) { return x * x; }'), "both define the same function")
same ("linked from a static library", UNITS, UNITS.built (archived=("middle.c", "deep.c")), "a library is a set of objects")
same ("archive in another order", UNITS.built (archived=("middle.c", "deep.c")), UNITS.built (archived=("deep.c", "middle.c")),
      "the linker takes what is needed")
same ("objects in another order", UNITS, UNITS.built (files=UNITS.files[::-1]), "no object comes before another")
same ("linked from a shared object", UNITS.options ("-O1 -fPIC"), SHARED, "the dynamic linker joins the graph there")

# Names --------------------------------------------------------------------------------------------------------------------

for what, old, new in (("function", "calculate", "compute_it"), ("parameters", "value", "values_in_a_row"), ("local variable",
    "sum", "total"),
                       ("label", "again", "once_more"), ("typedef", "real", "number"), ("struct tag", "point", "place"),
                       ("fields of a struct", "weight", "mass"), ("static helper", "helper", "aid"), ("global", "parameter",
                       "zero_point"),
                       ("static global", "calls", "times"), ("constant table", "table", "coefficients"), ("enumeration", "shape",
                       "form"),
                       ("enumerators", "ROUND", "CIRCLE"), ("macro", "FACTOR", "ENLARGED")):
  same (f"renamed: {what}", KERNEL, KERNEL.everywhere (old, new), "a name stands for what it names")
same ("renamed: functions of other units", UNITS, UNITS.everywhere ("middle", "centre").everywhere ("deep (", "bottom ("),
      "the linker knows what a name stands for")
same ("renamed: function in a shared object", SHARED, SHARED.everywhere ("deep (", "bottom ("), "the dynamic linker knows it too")
same ("typedef spelled out", KERNEL, KERNEL.edit ("typedef double real;\n", "").edit ("real sum", "double sum"), "the same type")
same ("a typedef for the struct", KERNEL, KERNEL.edit ("const struct point *p,", "const place *p,")
      .edit ("#define FACTOR", "typedef struct point place;\n#define FACTOR"), "the same type")
same ("macro spelled out", KERNEL, KERNEL.edit ("#define FACTOR 1.25\n", "").edit ("* FACTOR", "* 1.25"), "the same tokens")
same ("enumerator spelled out", KERNEL, KERNEL.edit ("shape == ROUND", "shape == 3"), "the same number")

# Declarations -------------------------------------------------------------------------------------------------------------

same ("globals in another order", KERNEL, KERNEL.edit ("double parameter = 1.5;\nstatic int calls = 2;",
      "static int calls = 2;\ndouble parameter = 1.5;"),
      "they are told apart by their use")
same ("locals in another order", KERNEL, KERNEL.edit ("  struct point p = origin;\n  int tries = 0;",
      "  int tries = 0;\n  struct point p = origin;"),
      "neither reads the other")
same ("functions in another order", KERNEL,
      KERNEL.edit ("static double\nhelper (double x)\n{\n  return x * 2 + 1;\n}\n", "static double helper (double x);\n")
      .edit ("int\nmain (void)", "static double\nhelper (double x)\n{\n  return x * 2 + 1;\n}\n\nint\nmain (void)"),
      "calls say who is called")
same ("declared apart from its first value", KERNEL, KERNEL.edit ("double first = helper (value[0]);",
      "double first;\n  first = helper (value[0]);"),
      "the value is what counts")
same ("several declarators", KERNEL, KERNEL.edit ("double parameter = 1.5;\nstatic int",
      "double parameter = 1.5, unused;\nstatic int"), "nothing is said of the second")
same ("additional prototypes", KERNEL, KERNEL.edit ("#define FACTOR",
      "static double helper (double);\nextern double parameter;\n#define FACTOR"),
      "they repeat what is known")
same ("unused static function", KERNEL, KERNEL.edit ("HASHCACHE double",
      "static int idle (int n) { return n * calls; }\nHASHCACHE double"),
      "nobody calls it")
same ("unused public function", KERNEL, KERNEL.edit ("HASHCACHE double",
      "double idle (double x) { return helper (x); }\nHASHCACHE double"),
      "the marked function does not call it")
same ("unused global", KERNEL, KERNEL.edit ("double parameter", "double idle[100] = { 3 };\ndouble parameter"), "nobody reads it")
same ("unused local", KERNEL, KERNEL.edit ("int tries = 0;", "int tries = 0; double idle = value[0] * 3; (void) idle;"),
      "nobody reads it")
same ("unused include", KERNEL, KERNEL.top ("#include <complex.h>\n#include <time.h>\n#include <locale.h>"),
      "it declares, and does nothing")
same ("unused macro", KERNEL, KERNEL.top ("#define IDLE 17\n#define ALSO(x) ((x) + IDLE)"), "it is never expanded")
same ("unused types", KERNEL, KERNEL.edit ("typedef double real;",
      "typedef double real;\ntypedef int idle;\nstruct more { idle i; };\nenum { NEVER = 9 };"),
      "no object has them")
same ("const local", KERNEL, KERNEL.edit ("double first =", "const double first ="), "it is never changed")
same ("const local of a constant value", KERNEL.edit ("double first = helper (value[0]);", "double first = 2.5;"),
      KERNEL.edit ("double first = helper (value[0]);", "const double first = 2.5;"), "it is never changed")
same ("const parameter", KERNEL, KERNEL.edit ("helper (double x)\n", "helper (const double x)\n"), "it is never changed")
same ("register", KERNEL, KERNEL.edit ("int tries", "register int tries"), "advice for the compiler")
same ("inline helper", KERNEL, KERNEL.edit ("static double\nhelper", "static inline double\nhelper"), "advice for the compiler")
same ("noinline, unused, hot", KERNEL, KERNEL.edit ("static double\nmeasure",
      "__attribute__ ((noinline, unused, hot)) static double\nmeasure"),
      "they say where code goes, not what it does")
same ("marked function static", KERNEL, KERNEL.edit ("HASHCACHE double", "HASHCACHE static double"),
      "who may call it is no matter of what it does")
same ("static table within the function", KERNEL, KERNEL.edit ("static const double table[4] = { 1, 2, 3, 4 };\n", "")
      .edit ("  real sum = 0;", "  static const double table[4] = { 1, 2, 3, 4 };\n  real sum = 0;"), "its scope is no code")
same ("designated initialisers", KERNEL, KERNEL.edit ("{ 1, 2, 3, 4 }", "{ [2] = 3, 4, [0] = 1, 2 }"), "the same table")
same ("a table that counts its elements", KERNEL, KERNEL.edit ("table[4]", "table[]"), "there are as many")
same ("initialiser with casts", KERNEL, KERNEL.edit ("{ 0.5, 3, 0.25f }",
      "{ .n = 1 + 2, .x = 1 / 2.0, .weight = (float) 0.25 }"), "the same constants")
same ("_Static_assert", KERNEL, KERNEL.edit ("calls++;", "calls++; _Static_assert (sizeof (int) == 4, \"int\");"),
      "checked when compiled, then gone")

CONSTANTS = body ("return table[2] + other[1] + one.n + x + *pointer + n * single;",
    """static const double table[4] = { 1, 2, 3, 4 };
static const int other[] = { 5, 6 };
static const struct { int n; double y; } one = { 3, 4 };
static const double single = 2.5;
static const int seven = 7, *const pointer = &seven;""")
for options in ("-O0", "-O2", "-O3"):
  same (f"constants by name, {options}", CONSTANTS, CONSTANTS.options (options),
        "whether the front end puts in their values is its business")
same ("constants that are not static", CONSTANTS, CONSTANTS.edit ("static const double table", "const double table"),
      "nor does it change them")

# Statements and expressions -----------------------------------------------------------------------------------------------

same ("while for for", KERNEL, KERNEL.edit ("for (int i = 0; i < n; i++)\n    {", "int i = 0;\n  while (i < n)\n    {")
      .edit ("ROUND : LINE);\n", "ROUND : LINE);\n      i++;\n"), "the definition of for")
same ("goto for for", KERNEL, KERNEL.edit ("for (int i = 0; i < n; i++)\n    {", "int i = 0;\nnext:\n  if (i < n)\n    {")
      .edit ("ROUND : LINE);\n", "ROUND : LINE);\n      i++;\n      goto next;\n"), "the same flow")
same ("do while for goto", KERNEL, KERNEL.edit ("again:\n  sum", "do\n  sum").edit ("  if (++tries < 2)\n    goto again;",
      "  while (++tries < 2);"), "the same flow")
same ("named temporaries", KERNEL, KERNEL.edit ("sum += table[i & 3] * first + parameter;",
      "double element = table[i & 3], product = element * first;\n      const double term = product + parameter;\n      sum += "
      "term;"),
      "what is computed has a name now")
same ("a temporary spelled out", KERNEL.edit ("return sum + calls;",
      "double twice = 2 * sum, all = twice + calls;\n  return all * twice;"),
      KERNEL.edit ("return sum + calls;", "return (2 * sum + calls) * (2 * sum);"), "a value is what it is made of")
same ("compound assignment spelled out", KERNEL, KERNEL.edit ("sum += sin (sum) + \"abc\"[n & 3];",
      "sum = sum + (sin (sum) + \"abc\"[n & 3]);"),
      "the definition of +=")
same ("increments", KERNEL, KERNEL.edit ("calls++;", "calls = calls + 1;").edit ("i < n; i++", "i < n; i += 1"),
      "the definition of ++")
same ("an inverted condition", KERNEL, KERNEL.edit ("if (shape == ROUND)\n    return p->x * p->weight * FACTOR;\n  else\n    "
      "return helper (p->x) - p->n;",
      "if (!(shape == ROUND))\n    return helper (p->x) - p->n;\n  else\n    return p->x * p->weight * FACTOR;"),
      "the same choice")
same ("no else after return", KERNEL, KERNEL.edit ("  else\n    return helper", "  return helper"), "nothing else gets there")
same ("pointer for index", KERNEL, KERNEL.edit ("value[i];", "*(value + i);"), "the definition of []")
same ("-> spelled out", KERNEL, KERNEL.edit ("- p->n", "- (*p).n"), "the definition of ->")
same ("a comparison turned round", KERNEL, KERNEL.edit ("i < n;", "n > i;"), "the same relation")
same ("hexadecimal and octal literals", KERNEL, KERNEL.edit ("i & 3]", "i & 0x3]").edit ("n > 1000", "n > 01750"),
      "the same numbers")
same ("another spelling of a double", KERNEL, KERNEL.edit ("FACTOR 1.25", "FACTOR 0x1.4p+0"), "the same number")
same ("a constant expression", KERNEL, KERNEL.edit ("x * 2 + 1;", "x * (6 / 3) + (5 - 4);"), "the same constants")
same ("a string in two pieces", KERNEL, KERNEL.edit ('"abc"[', '"a" "bc"['), "joined before it means anything")
same ("a character for its code", body ("return n + 'a';"), body ("return n + 97;"), "the same number")
same ("sizeof for its value", body ("return n + sizeof (double);"), body ("return n + 8ul;"), "the same number")
same ("a cast that changes nothing", KERNEL, KERNEL.edit ("double first = helper", "double first = (double) helper"),
      "it is of that type already")
same ("the condition of if (0)", KERNEL, KERNEL.edit ("calls++;", "calls++;\n  if (0)\n    calls = 7;"), "never taken")

# Paths that never return --------------------------------------------------------------------------------------------------

ASSERT = KERNEL.edit ("calls++;", "assert (n > 0 && value[0] > -1e9);\n  calls++;")
same ("assert in another line", ASSERT, ASSERT.top ("\n\n\n"), "the line is told only when there is no result")
same ("assert in another file", ASSERT, ASSERT.rename ("main.c", "renamed.c"), "nor the file")
same ("assert in a renamed function", ASSERT, ASSERT.everywhere ("calculate", "compute"), "nor the function")
same ("text before abort", KERNEL, KERNEL.edit ('"too many\\n"', '"at most %d\\n", 1000'), "then comes abort, and no result")
MACRO = KERNEL.edit ("#define FACTOR", "#define FAIL(what) (fprintf (stderr, \"%s:%d: %s\\n\", __FILE__, __LINE__, what), "
    "END)\n#define FACTOR")
for end in ("abort ()", "exit (3)", "_Exit (4)", "MPI_Abort (0, 5)"):
  ends = MACRO.edit (", END)", f", {end})").edit ("calls++;", 'if (n < 0)\n    FAIL ("n");\n  calls++;')
  if "MPI" in end:
    ends = ends.edit ("#define FAIL", "_Noreturn void MPI_Abort (int, int);\n#define FAIL") \
      .add ("mpi.c", "#include <stdlib.h>\n_Noreturn void MPI_Abort (int comm, int code) { (void) comm; exit (code); }\n")
  same (f"error macro that ends in {end.split ()[0]}, in another file and line", ends,
        ends.top ("\n\n").rename ("main.c", "other.c").edit ('FAIL ("n")', 'FAIL ("n is negative")'),
        "there is no result on this path")
same ("another end of a path that never returns", KERNEL, KERNEL.edit ("abort ();", "exit (2);"), "neither yields a result")

# Options ------------------------------------------------------------------------------------------------------------------

for options in ("-O0", "-O2", "-O3", "-Os", "-Og"):
  same (options, KERNEL, KERNEL.options (options), "the optimiser may not change results")
  same (f"three units, {options}", UNITS, UNITS.options (options), "the optimiser may not change results")
for options, why in (
    ("-g", "debug information"), ("-g3", "with macros"), ("-g0", "none"), ("-fPIC", "code for shared objects"), ("-fPIE -pie",
        "code for any address"),
    ("-fno-pie -no-pie", "code for one address"), ("-save-temps", "the preprocessor runs apart"), ("-DIDLE=3", "never used"),
    ("-pipe", "how GCC's parts talk"), ("--coverage", "counts beside the results"), ("-Wall -Wextra", "warnings"),
        ("-I/usr/include/nowhere", "not needed"),
    ("-std=gnu11", "the same language"), ("-std=gnu99", "the same for this program"), ("-fno-inline", "the optimiser's business"),
    ("-funroll-loops", "the optimiser's business"), ("-ftree-vectorize", "may not reorder doubles"), ("-mtune=native",
        "how fast, not what"),
    ("-ffunction-sections -fdata-sections", "where code lies"), ("-fvisibility=hidden", "who sees it"),
        ("-fstack-protector-strong", "a check"),
    ("-fno-omit-frame-pointer", "for debuggers"), ("-ffile-prefix-map=/=/elsewhere/", "for debuggers"), ("-fopenmp",
        "no region in it"),
    ("-fsigned-char", "chars are signed here"), ("-fno-math-errno", "nobody asks errno"), ("-ffp-contract=fast",
        "the target has no FMA"),
    ("-finput-charset=UTF-8", "the default"), ("-mavx", "wider registers, the same results")):
  needs = ("cpu:avx",) if options == "-mavx" else ()
  same (options, KERNEL, KERNEL.options ("-O1 " + options).built (needs=needs), why)
same ("-flto", KERNEL, KERNEL.options ("-O2 -flto"), "the tables are made before")
same ("three units, -flto", UNITS, UNITS.options ("-O2 -flto"), "the tables are made before")
same ("-flto for one of three units", UNITS, UNITS.built (own=(("middle.c", "-flto"),)), "the linker joins them")
same ("another -O for each unit", UNITS, UNITS.built (own=(("middle.c", "-O3"), ("deep.c", "-O0 -g"))),
      "the optimiser may not change results")
same ("ccache, compiled the first time", KERNEL, KERNEL.built (launcher="ccache"), "it runs the compiler")
same ("another GCC", KERNEL, KERNEL.built (other_compiler=True), "both hand over the same body")
same ("another GCC, three units", UNITS, UNITS.built (other_compiler=True), "both hand over the same body")
same ("another GCC, with assert", ASSERT, ASSERT.built (other_compiler=True), "both hand over the same body")

# rows_different.py: edits and options that may change a result, and therefore change every key: see pairs.py for how to read a
# row. SPDX-License-Identifier: BSD-2-Clause
from pairs import different, program
from programs import HEAD, KERNEL, SHARED, UNITS, body

DEAD = "no input of this program tells them apart"
ALIKE = "this target computes both alike, another may not"


def edits (base, rows):
  """A row for each (name, old, new, why[, unseen]) of ROWS."""
  for name, old, new, why, *unseen in rows:
    different (name, base, base.edit (old, new), why, *unseen)


# Constants ----------------------------------------------------------------------------------------------------------------

edits (KERNEL, (
  ("integer constant", "n & 3]", "n & 1]", "another number"),
  ("floating-point constant", "FACTOR 1.25", "FACTOR 1.26", "a macro's value is a constant"),
  ("last bit of a constant", "FACTOR 1.25", "FACTOR 1.2500000000000002", "one bit in the last place",
      "the rounding of the sum hides it"),
  ("initial value of a local", "real sum = 0;", "real sum = 1;", "another number"),
  ("initial value of a global", "parameter = 1.5", "parameter = 1.75", "globals are in the key by value"),
  ("initial value of a static variable", "calls = 2", "calls = 3", "globals are in the key by value"),
  ("element of a table", "{ 1, 2, 3, 4 }", "{ 1, 2, 3, 4.25 }", "constant tables are in the key by content"),
  ("table in another order", "{ 1, 2, 3, 4 }", "{ 4, 2, 3, 1 }", "constant tables are in the key by content"),
  ("field of a constant struct", "{ 0.5, 3, 0.25f }", "{ 0.5, 3, 0.5f }", "constant structs are in the key by content"),
  ("string", '"abc"', '"aBc"', "a string is a constant"),
  ("constant in a callee", "x * 2 + 1", "x * 2 + 3", "a callee is part of what is computed"),
  ("enumerator's value", "ROUND = 3", "ROUND = 2", "an enumerator is a constant", "nobody asks for its number"),
  ("loop bound", "i < n; i++", "i < n - 1; i++", "fewer turns"),
  ("loop start", "for (int i = 0;", "for (int i = 1;", "fewer turns"),
  ("loop step", "i < n; i++", "i < n; i += 2", "fewer turns"),
  ("number of tries", "++tries < 2", "++tries < 3", "more turns")))
different ("sign of zero", body ("return x * 0.0;", call="1, -2"), body ("return x * -0.0;", call="1, -2"),
           "0 and -0 are two numbers")
different ("payload of a NaN", body ('union { double d; unsigned long u; } c = { __builtin_nan ("1") }; return c.u % 1000;'),
           body ('union { double d; unsigned long u; } c = { __builtin_nan ("2") }; return c.u % 1000;'), "two different NaNs")
different ("suffix of a constant", body ("return x * 0.1;"), body ("return x * 0.1f;"), "a float is less precise")
different ("integer or floating-point constant", body ("return n / 2;"), body ("return n / 2.0;"), "another division")
different ("width of a constant", body ("return n * 1000000001 % 1000;", call="1, 2"), body ("return n * 1000000001l % 1000;",
           call="1, 2"),
           "computed in a wider type", "the product is small enough here")
different ("character", body ("return n + 'a';"), body ("return n + 'b';"), "a character is a number")
different ("wide string", body ('return sizeof (*L"ab") + (x > 1 ? ((const char *) L"ab")[n & 1] : 0);'),
           body ('return sizeof (*"ab") + (x > 1 ? ((const char *) "ab")[n & 1] : 0);'), "wider elements")
different ("length of a string", body ('return sizeof "abc" + x;'), body ('return sizeof "abcd" + x;'), "an element more")
different ("string behind a pointer", body ("return text[n & 3] + x;", 'static const char *const text = "alpha";'),
           body ("return text[n & 3] + x;", 'static const char *const text = "alpHa";'), "the text counts")
BIG = "static const double big[10000] = { [0 ... 4999] = 1, [5000] = 2, [5001 ... 9999] = 1 };"
different ("one element of 10,000", body ("double s = 0; for (int i = 0; i < 10000; i++) s += big[i] * i; return s + n;", BIG),
           body ("double s = 0; for (int i = 0; i < 10000; i++) s += big[i] * i; return s + n;", BIG.replace ("= 2",
           "= 2.0000000001")),
           "constant tables are in the key by content")
different ("one element of 10,000 that may change",
           body ("double s = 0; for (int i = 0; i < 10000; i++) s += big[i] * i; return s + n;", BIG.replace ("const ", "")),
           body ("double s = 0; for (int i = 0; i < 10000; i++) s += big[i] * i; return s + n;", BIG.replace ("const ",
           "").replace ("= 2", "= 3")),
           "globals are in the key by value")
BIG_ELSEWHERE = program (f"""//// main.c{HEAD}
extern const int big[10000];
HASHCACHE int sum (int n) {{ int s = 0; while (n--) s += big[n]; return s; }}
int main (void) {{ printf ("%d\\n", sum (10000)); return 0; }}
//// table.c
extern const int big[];
const int big[10000] = {{ [0 ... 9999] = 7, [77] = 1 }};
""")
different ("one element of 10,000 in another unit", BIG_ELSEWHERE, BIG_ELSEWHERE.edit ("[77] = 1", "[77] = 2"),
           "constant tables are in the key by content, wherever they are")
different ("macro's value by -D", body ("return n + VALUE;", options="-O1 -DVALUE=3"), body ("return n + VALUE;",
           options="-O1 -DVALUE=4"), "another constant")
different ("body of a macro", body ("return TWICE (x + n);", "#define TWICE(a) ((a) * 2)"), body ("return TWICE (x + n);",
           "#define TWICE(a) (a * 2)"),
           "other tokens, another precedence")
different ("__LINE__ that matters", body ("return __LINE__;"), body ("return __LINE__;").top ("\n\n"), "it is returned")
different ("__FILE__ that matters", body ("return sizeof __FILE__;"), body ("return sizeof __FILE__;").rename ("main.c",
           "longer.c"), "it is returned")
different ("NDEBUG", KERNEL.edit ("calls++;", "assert (n > 0); calls++;"), KERNEL.edit ("calls++;",
           "assert (n > 0); calls++;").options ("-O1 -DNDEBUG"),
           "without the check there is a result", DEAD)
different ("enumeration: a value", body ("enum { ONE = 1, TWO = 2 }; return n == 7 ? TWO : ONE;"),
           body ("enum { ONE = 1, TWO = 3 }; return n == 7 ? TWO : ONE;"),
           "an enumerator is a constant")

# Operators, comparisons, casts --------------------------------------------------------------------------------------------

INTEGERS = body ("int a = n * 5, b = n - 3, c = a + b; unsigned u = a ^ 0x55; return (a << 2) + (c >> 1) + (u & 12) + (b | 1) + "
    "a / 4 + c % 5 + -b + ~u;")
edits (INTEGERS, (
  ("* to +", "n * 5", "n + 5", "another operation"), ("- to +", "n - 3", "n + 3", "another operation"), ("+ to -", "= a + b",
      "= a - b", "another operation"),
  ("^ to |", "a ^ 0x55", "a | 0x55", "another operation"), ("<< to *", "(a << 2)", "(a * 2)", "another operation"), (">> to <<",
      "(c >> 1)", "(c << 1)", "another operation"),
  ("& to |", "(u & 12)", "(u | 12)", "another operation"), ("| to &", "(b | 1)", "(b & 1)", "another operation"), ("/ to %",
      "a / 4", "a % 4", "another operation"),
  ("% to /", "c % 5", "c / 5", "another operation"), ("unary - dropped", "+ -b", "+ b", "another operation"), ("~ to -", "+ ~u",
      "+ -u", "another operation"),
  ("operand exchanged for another", "a / 4", "b / 4", "another value")))
LOGIC = body ("int r = 0; for (int i = 0; i < 9; i++) { if (i < n) r += 1; if (i == 3 && n > 4) r += 10; if (i >= 8 || x != "
    "1.5) r += 100; if (!(i & 1)) r += 1000; } return r;")
edits (LOGIC, (
  ("< to <=", "(i < n)", "(i <= n)", "equal counts too"), ("< to >", "(i < n)", "(i > n)", "the other way round"), ("== to !=",
      "i == 3", "i != 3", "the opposite"),
  (">= to >", "i >= 8", "i > 8", "equal counts no more"), ("!= to ==", "x != 1.5", "x == 1.5", "the opposite"), ("&& to ||",
      "3 && n", "3 || n", "one of them is enough"),
  ("|| to &&", "8 || x", "8 && x", "both must hold"), ("! dropped", "!(i & 1)", "(i & 1)", "the opposite")))
different ("order of operands of -", body ("return x - n;"), body ("return n - x;"), "a - b is not b - a")
different ("order of operands of /", body ("return x / n;"), body ("return n / x;"), "a / b is not b / a")
different ("++ before or after", body ("int m = n++; return m * 10 + n;"), body ("int m = ++n; return m * 10 + n;"),
           "the value is taken before or after")
different ("prefix decrement", body ("int s = 0; while (--n) s += n + 1; return s;"),
           body ("int s = 0; while (n--) s += n + 1; return s;"), "a turn more")
different ("comparison with NaN", body ("return x < 1 ? 1 : 2;", call="1, NAN"), body ("return !(x >= 1) ? 1 : 2;",
           call="1, NAN"), "neither holds with NaN")
different ("cast to int", body ("return x * n;"), body ("return (int) x * n;"), "the fraction is lost")
different ("cast to float", body ("return x * 0.1;"), body ("return (float) (x * 0.1);"), "digits are lost")
different ("cast to unsigned char", body ("return n * 100;"), body ("return (unsigned char) (n * 100);"), "bits are lost")
different ("cast to unsigned", body ("return (n - 10) / 2;"), body ("return (unsigned) (n - 10) / 2;"), "the sign is lost")
different ("where a cast stands", body ("return (double) n / 2;"), body ("return (double) (n / 2);"),
           "the division is one of integers")
different ("ternary, arms exchanged", body ("return n > 3 ? x : 2;"), body ("return n > 3 ? 2 : x;"), "the other one")
different ("comma", body ("return (n, x);"), body ("return (x, n);"), "the last one counts")
different ("& for &&", body ("return (n & 2) && (n & 4);"), body ("return (n & 2) & (n & 4);"), "bits, not truth")
different ("short circuit", body ("int m = 0; if (n > 100 && ++m) m += 10; return m + n;"),
           body ("int m = 0; if ((n > 100) & (++m > 0)) m += 10; return m + n;"),
           "the right side has an effect")

# Types --------------------------------------------------------------------------------------------------------------------

SUM = body ("float part = 0.1f; double all = x; for (int i = 0; i < n; i++) all += part * i; return all;")
edits (SUM, (("float to double", "float part = 0.1f", "double part = 0.1", "more digits"), ("double to float", "double all",
       "float all", "fewer digits"),
             ("double to long double", "double all", "long double all", "more digits", "rounded to the same double")))
SIGNED = body ("int a = n - 9; char c = 200; short s = (short) (n * 10000); return a / 2 + c + s + (a < 0);")
edits (SIGNED, (("int to unsigned", "int a", "unsigned a", "no sign"), ("int to long", "int a", "long a",
       "wider, though not needed here", "both hold the value"),
                ("char to unsigned char", "char c", "unsigned char c", "no sign"), ("short to int", "short s = (short) (n",
                "int s = (n", "no bits are lost")))
different ("unsigned to unsigned long", body ("unsigned a = n; return (a - 8) / 2;"),
           body ("unsigned long a = n; return (a - 8) / 2;"), "wraps elsewhere")
different ("unsigned to uint16_t", body ("unsigned a = n * 10000; return a;"), body ("unsigned short a = n * 10000; return a;"),
           "bits are lost")
different ("_Bool", body ("int b = n & 6; return b;"), body ("_Bool b = n & 6; return b;"), "0 or 1")
different ("parameter of a callee", body ("return take (x * 0.1);", "static double take (double x) { return x; }"),
           body ("return take (x * 0.1);", "static double take (float x) { return x; }"), "digits are lost on the way")
different ("result of a callee", body ("return take (x * 0.1);", "static double take (double x) { return x; }"),
           body ("return take (x * 0.1);", "static float take (double x) { return x; }"), "digits are lost on the way")
different ("result of the marked function", body ("return x * 0.1;"), body ("return x * 0.1;", result="float"), "digits are lost")
different ("type of a parameter", body ("return x * 3;", call="7, 0.1"), body ("return x * 3;", call="7, 0.1",
           parameters="int n, float x"), "digits are lost")
different ("type of a table", body ("return t[n & 1];", "static const double t[2] = { 0.1, 0.2 };"), body ("return t[n & 1];",
           "static const float t[2] = { 0.1, 0.2 };"),
           "digits are lost")
different ("array bound used", body ("int a[4] = { n }; return sizeof a / sizeof *a + a[0];"),
           body ("int a[5] = { n }; return sizeof a / sizeof *a + a[0];"), "it is counted")
different ("array bound in a loop", body ("double s = 0; for (size_t i = 0; i < sizeof t / sizeof *t; i++) s += t[i]; return s "
           "* n;", "static const double t[] = { 1, 2, 3 };"),
           body ("double s = 0; for (size_t i = 0; i < sizeof t / sizeof *t; i++) s += t[i]; return s * n;",
           "static const double t[] = { 1, 2, 3, 4 };"), "a turn more")
different ("inner array bound", body ("int a[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } }; return ((int *) a)[n & 3] + 3 * sizeof a[0];"),
           body ("int a[2][4] = { { 1, 2, 3 }, { 4, 5, 6 } }; return ((int *) a)[n & 3] + 3 * sizeof a[0];"),
           "the second row begins elsewhere")
different ("bound of a variable-length array", body ("int a[n]; a[0] = 1; return sizeof a + a[0];"),
           body ("int a[n + 1]; a[0] = 1; return sizeof a + a[0];"), "it is counted")
different ("sizeof another type", body ("return n * sizeof (long);"), body ("return n * sizeof (int);"), "another number")

RECORD = body ("struct record r = { .a = 1, .b = n, .c = x, .bits = 5 }; unsigned char bytes[sizeof r]; double s = sizeof r; "
    "memcpy (bytes, &r, sizeof r);\n"
               "  for (size_t i = 0; i < sizeof r; i++) s = s * 3 + bytes[i] * (i != 1 && i != 2 && i != 3); return s + r.bits;",
               "struct record { int a; int b; double c; int bits : 4; int : 28; int more; };")
edits (RECORD, (("order of fields", "int a; int b; double c;", "double c; int a; int b;", "other offsets"),
                ("type of a field", "int b;", "unsigned b;", "another type", "both hold the value"),
                ("a field more", "int more;", "int more, still_more;", "a larger struct"),
                ("width of a bit-field", "int bits : 4; int : 28;", "int bits : 3; int : 29;", "5 does not fit"),
                ("signedness of a bit-field", "int bits : 4", "unsigned bits : 4", "another type", "5 fits both")))
different ("struct packed", body ("struct record { char a; double b; } r = { 1, x }; return sizeof r + r.b + ((char *) &r)[0];"),
           body ("struct __attribute__ ((packed)) record { char a; double b; } r = { 1, x }; return sizeof r + r.b + ((char *) "
           "&r)[0];"), "no padding")
different ("alignment of a field", body ("struct record { char a; int b; } r = { 1, n }; return sizeof r + r.b;"),
           body ("struct record { char a; int b __attribute__ ((aligned (16))); } r = { 1, n }; return sizeof r + r.b;"),
           "another offset")
different ("signed bit-field that overflows", body ("struct { int b : 3; } s = { n }; return s.b;"),
           body ("struct { unsigned b : 3; } s = { n }; return s.b;"), "no sign")
different ("another field", KERNEL, KERNEL.edit ("p->x * p->weight", "p->n * p->weight"), "another value")
different ("offset of a field in a struct by pointer",
           body ("struct pair p[2] = { { 1, 2 }, { 3, 4 } }; return ((double *) p)[n & 1] + get (p + 1);",
           "struct pair { double a, b; };\nstatic double get (const struct pair *p) { return p->a; }"),
           body ("struct pair p[2] = { { 1, 2 }, { 3, 4 } }; return ((double *) p)[n & 1] + get (p + 1);",
                 "struct pair { double b, a; };\nstatic double get (const struct pair *p) { return p->a; }"), "another offset")
different ("member of a union", body ("union { float f; int i; } u = { .f = x }; return u.f;"),
           body ("union { float f; int i; } u = { .f = x }; return u.i;"), "the same bits, another type")
different ("volatile local", body ("double y = x * 2; return y + n;"), body ("volatile double y = x * 2; return y + n;"),
           "each access counts", "nobody changes it")
different ("volatile in a callee", body ("return twice (x);", "static double twice (double x) { double y = x; return y * 2; }"),
           body ("return twice (x);", "static double twice (double x) { volatile double y = x; return y * 2; }"),
           "each access counts", "nobody changes it")

# Order, flow --------------------------------------------------------------------------------------------------------------

THREE = body ("double a = 0.1 * n, b = 0.6 * x, c = 1e16; return a + b + c - 1e16;", call="9, 1.5")
edits (THREE, (("order of a sum", "a + b + c -", "c + b + a -", "rounded elsewhere"), ("parentheses in a sum",
       "a + b + c - 1e16", "a + b + (c - 1e16)", "rounded elsewhere")))
different ("order of a product", body ("return x * 0.1 * n;", call="3, 0.7"), body ("return x * (0.1 * n);", call="3, 0.7"),
           "rounded elsewhere")
different ("distributed product", body ("return x * (0.1 + n);", call="3, 0.7"), body ("return x * 0.1 + x * n;", call="3, 0.7"),
           "rounded elsewhere")
different ("division for product with the reciprocal", body ("return n / x;", call="5, 3"), body ("return n * (1 / x);",
           call="5, 3"), "rounded elsewhere")
different ("a sum from the end", body ("double s = 0; for (int i = 0; i < n; i++) s += 1.0 / (i + x); return s;", call="20, 0.3"),
           body ("double s = 0; for (int i = n - 1; i >= 0; i--) s += 1.0 / (i + x); return s;", call="20, 0.3"),
           "rounded elsewhere")
different ("two sums for one", body ("double s = 0; for (int i = 0; i < n; i++) s += 1.0 / (i + x); return s;", call="60, 0.1"),
           body ("double s = 0, t = 0; for (int i = 0; i < n; i += 2) s += 1.0 / (i + x), t += 1.0 / (i + 1 + x); return s + t;",
           call="60, 0.1"), "rounded elsewhere")
different ("break to continue", body ("int s = 0; for (int i = 0; i < 9; i++) { if (i == n) break; s += i; } return s;"),
           body ("int s = 0; for (int i = 0; i < 9; i++) { if (i == n) continue; s += i; } return s;"), "another way on")
SWITCH = body ("int s = 0; switch (n) { case 6: s = 1; break; case 7: s = 2; break; case 8 ... 10: s = 3; break; default: s = "
    "4; } return s;")
edits (SWITCH, (("case label", "case 7:", "case 5:", "another value"), ("break dropped", "s = 2; break;", "s = 2;",
       "falls through"),
                ("range of cases", "case 6: s = 1; break; case 7: s = 2; break; case 8 ... 10",
                "case 6: s = 1; break; case 7 ... 10", "one more value"),
                ("default", "default: s = 4;", "default: s = 5;", "another value", DEAD)))
different ("target of a goto", body ("if (n > 3) goto one; x += 5; one: x *= 2; two: return x;"),
           body ("if (n > 3) goto two; x += 5; one: x *= 2; two: return x;"), "another way on")
different ("do while", body ("int s = 0, i = n; while (i < 5) s += i++; return s;"),
           body ("int s = 0, i = n; do s += i++; while (i < 5); return s;"), "one turn at least")
different ("else dropped", body ("if (n > 3) x = 2; else x = 3; return x;"), body ("if (n > 3) x = 2; x = 3; return x;"),
           "done always")
different ("condition of another branch", KERNEL, KERNEL.edit ("if (shape == ROUND)", "if (shape != ROUND)"), "the other one")
different ("an early return", body ("x += n; return x;"), body ("if (n == 7) return x; x += n; return x;"), "less is done")
different ("statements exchanged", body ("x += n; x *= 3; return x;"), body ("x *= 3; x += n; return x;"), "the order counts")
different ("stores exchanged", body ("int a[2] = { 0 }; a[n & 1] = 1; a[1] = 2; return a[1];"),
           body ("int a[2] = { 0 }; a[1] = 2; a[n & 1] = 1; return a[1];"),
           "they may be to one place")
different ("calls with effects exchanged", body ("return one (n) + 10 * two (n);",
           "static int g = 1; static int one (int n) { return g += n; } static int two (int n) { return g *= n; }")
           .edit ("return one (n) + 10 * two (n);", "int a = one (n), b = two (n); return a + 10 * b;"),
           body ("int b = two (n), a = one (n); return a + 10 * b;",
           "static int g = 1; static int one (int n) { return g += n; } static int two (int n) { return g *= n; }"),
           "both change a variable")
different ("depth of a recursion", body ("return down (n);", "static int down (int n) { return n <= 0 ? 1 : n + down (n - 1); }"),
           body ("return down (n);", "static int down (int n) { return n <= 2 ? 1 : n + down (n - 1); }"), "it ends elsewhere")
MUTUAL = body ("return ping (n);", "static int pong (int n); static int ping (int n) { return n <= 0 ? 1 : 1 + pong (n - 1); }\n"
               "static int pong (int n) { return n <= 0 ? 2 : 10 + ping (n - 1); }")
different ("mutual recursion, the other one", MUTUAL, MUTUAL.edit ("10 + ping", "20 + ping"), "both are part of it")
different ("mutual recursion, entered elsewhere", MUTUAL, MUTUAL.edit ("return ping (n);", "return pong (n);"),
           "it begins with the other")
different ("recursion to another function", MUTUAL, MUTUAL.edit ("10 + ping", "10 + pong"), "it calls itself instead")

# What is called or used ---------------------------------------------------------------------------------------------------

CALLS = body ("return first (x, n) + second (n, x) + g + h;",
    "double g = 3, h = 5;\nstatic double first (double a, double b) { return a - b; }\n"
              "static double second (double a, double b) { return a / b; }")
edits (CALLS, (("another callee", "first (x, n)", "second (x, n)", "another function"), ("arguments exchanged", "first (x, n)",
       "first (n, x)", "other arguments"),
               ("parameters exchanged", "first (double a, double b)", "first (double b, double a)", "other arguments"),
               ("another global", "+ g + h", "+ g + g", "another variable"), ("both callees exchanged",
               "first (x, n) + second (n, x)", "second (x, n) + first (n, x)", "other arguments")))
edits (UNITS, (("callee in another unit", "between (x) * 3", "between (x) * 4", "a callee is part of it"),
               ("callee at depth 3 in other units", "deepest (x + 1)", "deepest (x + 2)", "a callee is part of it, at any depth"),
               ("static callee at depth 4 in other units", "- 0.5", "- 0.75", "a callee is part of it, at any depth"),
               ("global of another unit", "offset = 0.125", "offset = 0.25", "globals are in the key by value"),
               ("constant table of another unit", "{ 2, 3, 5 }", "{ 2, 4, 5 }", "constant tables are in the key by content")))
edits (SHARED, (("callee in a shared object", "deepest (x + 1)", "deepest (x + 2)", "a callee is part of it"),
                ("static callee in a shared object", "- 0.5", "- 0.75", "a callee is part of it"),
                ("global of a shared object", "offset = 0.125", "offset = 0.25", "globals are in the key by value"),
                ("constant table of a shared object", "{ 2, 3, 5 }", "{ 2, 4, 5 }", "constant tables are in the key by content")))
different ("callee in a static library", UNITS.built (archived=("middle.c", "deep.c")), UNITS.edit ("- 0.5",
           "- 0.75").built (archived=("middle.c", "deep.c")), "a callee is part of it")
different ("callee with -flto", UNITS.options ("-O2 -flto"), UNITS.edit ("- 0.5", "- 0.75").options ("-O2 -flto"),
           "a callee is part of it")
different ("static functions of one name in two units", UNITS.everywhere ("deepest", "between"), UNITS.everywhere ("deepest",
           "between").edit ("x * x", "x * x * x"),
           "each unit has its own")
different ("static local's initial value", body ("static int count = 5; return n + count++;"),
           body ("static int count = 6; return n + count++;"), "it is in the key by value")
different ("static const local", body ("static const int t[2] = { 5, 7 }; return x + t[n & 1];"),
           body ("static const int t[2] = { 5, 8 }; return x + t[n & 1];"),
           "constant tables are in the key by content")
different ("element of a global array", body ("double s = 0; for (int i = 0; i < 3; i++) s += g[i]; return s * n;",
           "double g[3] = { 1, 2, 3 };"),
           body ("double s = 0; for (int i = 0; i < 3; i++) s += g[i]; return s * n;", "double g[3] = { 1, 2, 4 };"),
           "globals are in the key by value")
different ("field of a global struct", body ("return g.b * n;", "struct { int a; double b; } g = { 1, 2 };"),
           body ("return g.b * n;", "struct { int a; double b; } g = { 1, 3 };"),
           "globals are in the key by value")
different ("global that two callees share", CALLS.edit ("return a - b;", "return a - b + g;"), CALLS.edit ("return a - b;",
           "return a - b + h;"), "another variable")
different ("value of an argument", KERNEL, KERNEL.edit ("-1.25, 3 }", "-1.5, 3 }").edit ("calculate (3, value)",
           "calculate (4, value)"), "arguments are in the key by value")

edits (body ("return floor (x) + sin (n) + __builtin_popcount (n) + __builtin_clz (n) + fmin (x, n) + abs (n);"), (
  ("floor to ceil", "floor", "ceil", "another function"), ("sin to cos", "sin", "cos", "another function"), ("sin to sinf",
      "sin (", "sinf (", "fewer digits"),
  ("popcount to parity", "popcount", "parity", "another builtin"), ("clz to ctz", "clz", "ctz", "another builtin"),
      ("clz to clzl", "clz", "clzl", "of a wider type"),
  ("fmin to fmax", "fmin", "fmax", "another function"), ("abs dropped", "abs (n)", "(n)", "the sign stays", "n is positive")))
different ("strlen to strnlen", body ("return strlen (t) + n;", 'static const char t[] = "four";'),
           body ("return strnlen (t, 3) + n;", 'static const char t[] = "four";'), "another function")
different ("length of a memcpy", body ("double a[2] = { 1, 2 }, b[2] = { 3, 4 }; memcpy (a, b, n); return a[1];", call="8, 1"),
           body ("double a[2] = { 1, 2 }, b[2] = { 3, 4 }; memcpy (a, b, 2 * n); return a[1];", call="8, 1"), "more is copied")
different ("value of a memset", body ("int a; memset (&a, 1, sizeof a); return a + n;"),
           body ("int a; memset (&a, 2, sizeof a); return a + n;"), "another value")
different ("calloc to malloc", body ("int *a = calloc (4, 4); a[n & 3] = 9; int r = a[3]; free (a); return r;"),
           body ("int *a = malloc (16); a[n & 3] = 9; int r = a[3]; free (a); return r;"), "not cleared", "the element is set")
different ("complex conjugate", body ("double complex z = x + 2 * I; return cimag (z * z) + n;", "#include <complex.h>"),
           body ("double complex z = x + 2 * I; return cimag (conj (z) * z) + n;", "#include <complex.h>"), "another number")
different ("creal to cimag", body ("double complex z = x + 2 * I; return creal (z) + n;", "#include <complex.h>"),
           body ("double complex z = x + 2 * I; return cimag (z) + n;", "#include <complex.h>"), "the other part")
different ("lane of a vector", body ("v4 a = { 1, 2, 3, 4 }; return (a + a)[n & 1];",
           "typedef int v4 __attribute__ ((vector_size (16)));"),
           body ("v4 a = { 1, 2, 3, 4 }; return (a + a)[n & 2];", "typedef int v4 __attribute__ ((vector_size (16)));"),
           "another element")
different ("shuffle of a vector", body ("v4 a = { 1, 2, 3, 4 }; return __builtin_shuffle (a, (v4) { 3, 2, 1, 0 })[n & 1];",
           "typedef int v4 __attribute__ ((vector_size (16)));"),
           body ("v4 a = { 1, 2, 3, 4 }; return __builtin_shuffle (a, (v4) { 3, 0, 1, 2 })[n & 1];",
           "typedef int v4 __attribute__ ((vector_size (16)));"), "another order")
different ("__builtin_choose_expr", body ("return __builtin_choose_expr (1, n, x);"),
           body ("return __builtin_choose_expr (0, n, x);"), "the other one")
different ("__builtin_types_compatible_p", body ("return __builtin_types_compatible_p (real, double) ? n : x;",
           "typedef double real;"),
           body ("return __builtin_types_compatible_p (real, double) ? n : x;", "typedef float real;"), "another answer")
different ("_Generic", body ("return _Generic (x, double: 1, float: 2) + n;"),
           body ("return _Generic (x, double: 3, float: 2) + n;"), "another choice")
different ("__builtin_constant_p", body ("return __builtin_constant_p (n) ? 1 : 2;", options="-O0"),
           body ("return !__builtin_constant_p (n) ? 1 : 2;", options="-O0"), "the opposite")
different ("overflow builtin", body ("int r; return __builtin_add_overflow (n, 2147483647, &r);"),
           body ("long r; return __builtin_add_overflow (n, 2147483647, &r);"),
           "a wider result")
different ("type of va_arg", body ("return fetch (1, n);", "#include <stdarg.h>\nstatic double fetch (int n, ...) { va_list l; "
           "va_start (l, n); double r = va_arg (l, int); va_end (l); return r + n; }",
           call="-7, 1"), body ("return fetch (1, n);", "#include <stdarg.h>\nstatic double fetch (int n, ...) { va_list l; "
           "va_start (l, n); double r = va_arg (l, unsigned); va_end (l); return r + n; }",
           call="-7, 1"), "no sign")

# Pointers to functions ----------------------------------------------------------------------------------------------------

POINTEES = "static double one (double x) { return x + 1; }\nstatic double two (double x) { return x * 2; }\n"
different ("constant pointer to a function", body ("return f (x + n);", POINTEES + "static double (*const f) (double) = one;"),
           body ("return f (x + n);", POINTEES + "static double (*const f) (double) = two;"), "another function")
different ("global pointer to a function", body ("return f (x + n);", POINTEES + "double (*f) (double) = one;"),
           body ("return f (x + n);", POINTEES + "double (*f) (double) = two;"), "another function")
different ("table of functions", body ("return f[n & 1] (x);", POINTEES + "static double (*const f[2]) (double) = { one, two };"),
           body ("return f[n & 1] (x);", POINTEES + "static double (*const f[2]) (double) = { two, one };"), "other functions")
different ("field that points to a function", body ("return s.f (x + n);",
           POINTEES + "static const struct { int a; double (*f) (double); } s = { 1, one };"),
           body ("return s.f (x + n);", POINTEES + "static const struct { int a; double (*f) (double); } s = { 1, two };"),
           "another function")
different ("local pointer to a function", body ("double (*f) (double) = n > 3 ? one : two; return f (x);", POINTEES),
           body ("double (*f) (double) = n < 3 ? one : two; return f (x);", POINTEES), "another function")
different ("argument that points to a function", body ("return f (n);", POINTEES, parameters="int n, double f (double)",
           call="7, one"),
           body ("return f (n);", POINTEES, parameters="int n, double f (double)", call="7, two"), "another function")
different ("body of a function behind a pointer", body ("return f (x + n);", POINTEES + "double (*f) (double) = one;"),
           body ("return f (x + n);", POINTEES.replace ("+ 1", "+ 3") + "double (*f) (double) = one;"),
           "the function computes otherwise")
different ("body of a function that is an argument", body ("return f (n);", POINTEES, parameters="int n, double f (double)",
           call="7, one"),
           body ("return f (n);", POINTEES.replace ("+ 1", "+ 3"), parameters="int n, double f (double)", call="7, one"),
           "the function computes otherwise")
SORT = body ("int a[3] = { n, 9, 2 }; qsort (a, 3, sizeof *a, compare); return a[0] * 100 + a[1] * 10 + a[2];",
             "static int compare (const void *a, const void *b) { return *(const int *) a - *(const int *) b; }")
different ("comparator of qsort", SORT, SORT.edit ("*(const int *) a - *(const int *) b", "*(const int *) b - *(const int *) a"),
           "another order")
LATER = program (f"""//// main.c{HEAD}
#include <dlfcn.h>
HASHCACHE double calculate (int n, double f (double)) {{ return f (n); }}
int
main (void)
{{
  void *object = dlopen ("later.c.so", RTLD_NOW);
  double (*f) (double) = object ? (double (*) (double)) dlsym (object, "later") : NULL;
  if (!f)
    return 2;
  printf ("%a\\n", calculate (7, f));
  return 0;
}}
//// later.c
double later (double x) {{ return x * 2; }}
""", shared=("later.c",), loaded=True)
different ("function of a shared object that dlopen loads", LATER, LATER.edit ("x * 2", "x * 3"), "a callee is part of it")

# Inline assembly ----------------------------------------------------------------------------------------------------------

ASM = body ('int r = n; __asm__ ("addl $3, %0" : "+r" (r)); return r + x;')
edits (ASM, (("template of inline assembly", "addl", "subl", "another instruction"), ("constant in inline assembly", "$3", "$4",
       "another constant"),
             ("operand of inline assembly", '"+r" (r)', '"+r" (n)', "another variable")))
different ("inline assembly in a callee", body ("return add (n);",
           'static int add (int r) { __asm__ ("addl $3, %0" : "+r" (r)); return r; }'),
           body ("return add (n);", 'static int add (int r) { __asm__ ("addl $5, %0" : "+r" (r)); return r; }'),
           "another constant")
different ("constraint of inline assembly", body ('int r; __asm__ ("movl %1, %0" : "=r" (r) : "r" (n)); return r;'),
           body ('int r; __asm__ ("movl %1, %0" : "=r" (r) : "rm" (n)); return r;'),
           "where the operand may be", "both hold the value")

# Attributes of functions --------------------------------------------------------------------------------------------------

INEXACT = body ("double s = 0; for (int i = 1; i <= n; i++) s += x / i; return s + x * n;", call="40, 0.3", options="-O2")
for attribute, unseen in (('optimize ("fast-math")', ""),
    ('optimize ("associative-math", "no-signed-zeros", "no-trapping-math")', ALIKE), ('optimize ("rounding-math")', ALIKE),
                          ('optimize ("wrapv")', ALIKE), ('optimize ("trapv")', ALIKE), ('optimize ("no-signed-zeros")', ALIKE)):
  unseen = unseen or ALIKE
  different (f"attribute {attribute}", INEXACT, INEXACT.edit ("HASHCACHE double",
             f"__attribute__ (({attribute})) HASHCACHE double"), "it may compute otherwise", unseen)
different ("attribute optimize of a callee", CALLS.options ("-O2"), CALLS.options ("-O2").edit ("static double first",
           '__attribute__ ((optimize ("fast-math"))) static double first'),
           "it may compute otherwise", ALIKE)
different ("#pragma GCC optimize", INEXACT, INEXACT.edit ("HASHCACHE double",
           '#pragma GCC optimize ("fast-math")\nHASHCACHE double'), "it may compute otherwise", ALIKE)
FUSED = body ("return x * x - 0.01 * n;", call="1, 0.1", options="-O2").built (needs=("cpu:fma",))
different ('attribute target ("fma")', FUSED, FUSED.edit ("HASHCACHE double",
           '__attribute__ ((target ("fma"))) HASHCACHE double'), "product and sum are rounded once")
different ("#pragma GCC target", FUSED, FUSED.edit ("HASHCACHE double", '#pragma GCC target ("fma")\nHASHCACHE double'),
           "product and sum are rounded once")

# Options ------------------------------------------------------------------------------------------------------------------

O2 = "-O2"


def option (base, options, why, unseen="", needs=(), name=""):
  """A row of BASE with OPTIONS added."""
  different (name or options, base, base.options (base.common + " " + options).built (needs=needs), why, unseen)


FINITE = body ("return isnan (x) ? 1 : x > 0 ? 2 : 3;", call="1, strtod (\"nan\", NULL)", options=O2)
ZERO = body ("double y = x + 0.0; return 1 / y;", call="1, -0.0", options=O2)
RECIPROCAL = body ("return n / x + (n + 1) / x + (n + 2) / x;", call="39, 49", options=O2)
SUMMED = body ("double s = 0; for (int i = 0; i < n; i++) s += 1.0 / (i + x); return s;", call="1000, 0.3", options="-O3")
PRODUCT = body ("double complex z = x + n * I, w = 1e308 * (1 + I); z = z * (w * 1e10); return isnan (creal (z)) ? 1 : 2;",
    "#include <complex.h>", options=O2)
option (SUMMED, "-ffast-math", "sums may be made in another order")
option (SUMMED, "-Ofast", "it includes -ffast-math")
option (SUMMED, "-funsafe-math-optimizations", "sums may be made in another order")
option (SUMMED, "-fassociative-math -fno-signed-zeros -fno-trapping-math", "sums may be made in another order")
option (RECIPROCAL, "-freciprocal-math", "the reciprocal is rounded")
option (FINITE, "-ffinite-math-only", "there are no NaNs then")
option (ZERO, "-fno-signed-zeros", "-0 and 0 are one")
option (PRODUCT, "-fcx-limited-range", "overflow is not looked after", ALIKE)
option (PRODUCT, "-fcx-fortran-rules", "overflow is looked after otherwise", ALIKE)
for options, why in (("-fno-trapping-math", "comparisons may be moved"), ("-frounding-math",
    "constants are not rounded when compiled"), ("-fsignaling-nans", "they count"),
                     ("-ffloat-store", "no excess precision in variables"), ("-fwrapv", "overflow is defined"), ("-ftrapv",
                     "overflow ends the program"),
                     ("-fno-aggressive-loop-optimizations", "the bound of an array bounds a loop no more")):
  option (KERNEL.options (O2), options, why, ALIKE)
option (body ("return x * 0.1;", options=O2), "-fsingle-precision-constant", "constants are floats")
option (body ("return n + 1 > n;", call="2147483647, 1", options=O2), "-fwrapv", "overflow is defined",
        name="-fwrapv where it shows")
option (body ("const char *p = text + n; return p + n > p;", "static const char text[] = \"a longer text\";", options=O2),
        "-fwrapv-pointer", "pointers may wrap", ALIKE)
option (body ("char c = 200; return c;"), "-funsigned-char", "char has no sign")
option (body ("enum { ONE, TWO } e = n & 1; return sizeof e + e;"), "-fshort-enums", "enumerations are smaller")
option (body ("return sizeof (L'a') + n;"), "-fshort-wchar", "wide characters are smaller")
option (body ("struct { char a; double b; } s = { 1, x }; return sizeof s + s.b + s.a;"), "-fpack-struct", "no padding")
option (body ("long double y = x; y = y / 7; return (y - (double) y) * 1e20;"), "-mlong-double-64", "long double is double")
option (body ("return sizeof (long double) + (1.0L + 1e-25L > 1.0L);"), "-mlong-double-128", "long double is wider")
PRECISE = body ("double y = x * x; return y - 0.01;", call="1, 0.1", options="-O2 -mfpmath=387")
option (body ("double y = x * 0.1; return y + x;", options=O2), "-mfpmath=387", "intermediate results have more precision", ALIKE)
option (PRECISE, "-fexcess-precision=standard", "intermediate results are rounded where the language says so")
option (PRECISE, "-ffloat-store", "variables are rounded", name="-ffloat-store with -mfpmath=387")
option (FUSED, "-mfma", "product and sum are rounded once", needs=("cpu:fma",), name="-mfma")
option (FUSED.options ("-O2 -mfma"), "-ffp-contract=off", "product and sum are rounded twice", needs=("cpu:fma",),
        name="-ffp-contract=off with FMA")
option (FUSED.options ("-O0 -mfma"), "-O2", "contraction needs the optimiser", needs=("cpu:fma",), name="FMA, -O0 and -O2")
ALIASED = body ("int m = n; return alias (&m, (float *) (void *) &m);",
    "static __attribute__ ((noinline)) int alias (int *p, float *q) { *p = 1; *q = 2; return *p; }", options=O2)
option (ALIASED, "-fno-strict-aliasing", "a float may change an int")
option (body ("double s = 0;\n#pragma omp parallel for reduction (+ : s)\n  for (int i = 0; i < n; i++) s += i;\n  return s + "
        "x;"), "-fopenmp", "the body is split among threads",
        "the numbers are whole", name="-fopenmp on a body with regions")
different ("-fopenmp: a schedule", body ("double s = 0;\n#pragma omp parallel for reduction (+ : s)\n  for (int i = 0; i < n; "
           "i++) s += i;\n  return s + x;", options="-O1 -fopenmp"),
           body ("double s = 0;\n#pragma omp parallel for reduction (+ : s) schedule (dynamic, 2)\n  for (int i = 0; i < n; "
           "i++) s += i;\n  return s + x;", options="-O1 -fopenmp"),
           "sums are made in another order", "the numbers are whole")
different ("-ffast-math in another unit", UNITS.options (O2), UNITS.options (O2).built (own=(("deep.c", "-ffast-math"),)),
           "a callee may compute otherwise", ALIKE)
different ("-ffast-math in a shared object", SHARED.options ("-O2 -fPIC"), SHARED.options ("-O2 -fPIC").built (own=(("deep.c",
           "-ffast-math"),)), "a callee may compute otherwise", ALIKE)

# Options whose programs cannot be linked everywhere: their texts.
NO_HEADERS = program ("long scale (long n, long *p) { return n * 3000000000l + sizeof (p); }\ndouble half (long double x) { "
    "return x / 2; }")
different ("-m32", NO_HEADERS, NO_HEADERS.options ("-O1 -m32"), "long and pointers are narrower",
           text="needs a C library of 32 bits")
different ("-mx32", NO_HEADERS, NO_HEADERS.options ("-O1 -mx32"), "long and pointers are narrower",
           text="needs a C library for x32")

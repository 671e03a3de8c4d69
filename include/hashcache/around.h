/* around.h: what a program can ask around one call of a marked function.
   SPDX-License-Identifier: BSD-2-Clause

     HASHCACHE_CONTAINS (f (a, b))   int: 1 if the result of this call is known, 0 if the call would compute; nothing is computed,
                                     and no output of f changes
     HASHCACHE_BUSY (f (a, b))       int: 1 if a thread, a rank or a process computes this call now, 0 if nobody does or the result is
                                     known; nothing is computed, and nobody waited for
     HASHCACHE_REFRESH (f (a, b))    what f (a, b) is, for void functions too; computed even if it is known
     HASHCACHE_FORGET (f (a, b))     int: 1 if the result of this call was known and no longer is; nothing is computed
     HASHCACHE_KEY (f (a, b))        const char *: the key of this call in hexadecimal digits, which is the name of its entry, or NULL
                                     if it is not cached; kept until the same thread asks for another key

   Each is about the call that is written there and no other: f is a marked function, called by its name. The arguments are evaluated
   as ever, once; marked functions called in them, HASHCACHE_CONTAINS and the like in them, and calls that f makes, are calls like
   any other. The plugin refuses whatever is not the call of a marked function, at its line. What is asked holds for the moment: another
   thread or process may compute the same call meanwhile.

   A program with several calls to make, in any order, need not wait while there are others that nobody computes yet:

     for (int i = 0; i < n; i++)
       if (HASHCACHE_BUSY (f (x[i])))
         later[n_later++] = i;
       else
         y[i] = f (x[i]);
     for (int i = 0; i < n_later; i++)
       y[later[i]] = f (x[later[i]]);

   Without the plugin nothing is ever known: HASHCACHE_CONTAINS, HASHCACHE_BUSY and HASHCACHE_FORGET are 0 and HASHCACHE_KEY is NULL, and
   the call is not evaluated; HASHCACHE_REFRESH (call) is the call. */
#ifndef HASHCACHE_AROUND_H
#define HASHCACHE_AROUND_H

enum {
  HASHCACHE__ASK_CONTAINS = 1,
  HASHCACHE__ASK_REFRESH = 2,
  HASHCACHE__ASK_FORGET = 3,
  HASHCACHE__ASK_KEY = 4,
  HASHCACHE__ASK_BUSY = 5
};

#ifdef __cplusplus
extern "C" {
#endif

/* Asks QUESTION about the next call of a marked function on this thread, if it is one of FUNCTION, as its contract calls it. The
   next call takes the question away in any case: where FUNCTION itself turns out to be compiled without the plugin, the marked
   functions that it calls are not meant. */
void hashcache__ask (int question, const char *function);

/* The answer to the last question of this thread, 0 if no call has taken it; the question is then forgotten. */
int hashcache__answer (void);
const char *hashcache__answer_key (void);

#ifdef __cplusplus
}
#endif

#if defined __has_attribute && !defined __cplusplus
#if __has_attribute(hashcache)
#define HASHCACHE__ASKS
#endif
#endif

#ifdef HASHCACHE__ASKS

/* Marks the next statement for the plugin, which puts hashcache__ask where the arguments have been evaluated. Defined nowhere: a
   question that the plugin has not seen must not become a program. */
void hashcache__question (int question);

#define HASHCACHE__ASK(question, call, answer) \
  (__extension__({ \
    hashcache__question (question); \
    (void) (call); \
    (answer); \
  }))

#define HASHCACHE_CONTAINS(...) HASHCACHE__ASK (HASHCACHE__ASK_CONTAINS, (__VA_ARGS__), hashcache__answer ())
#define HASHCACHE_BUSY(...) HASHCACHE__ASK (HASHCACHE__ASK_BUSY, (__VA_ARGS__), hashcache__answer ())
#define HASHCACHE_FORGET(...) HASHCACHE__ASK (HASHCACHE__ASK_FORGET, (__VA_ARGS__), hashcache__answer ())
#define HASHCACHE_KEY(...) HASHCACHE__ASK (HASHCACHE__ASK_KEY, (__VA_ARGS__), hashcache__answer_key ())
#define HASHCACHE_REFRESH(...) \
  (__extension__({ \
    hashcache__question (HASHCACHE__ASK_REFRESH); \
    (__VA_ARGS__); \
  }))

#else

/* The call is in a branch that is never taken, so that its operands count as used. */
#define HASHCACHE_CONTAINS(...) (0 ? ((void) (__VA_ARGS__), 0) : 0)
#define HASHCACHE_BUSY(...) (0 ? ((void) (__VA_ARGS__), 0) : 0)
#define HASHCACHE_FORGET(...) (0 ? ((void) (__VA_ARGS__), 0) : 0)
#define HASHCACHE_KEY(...) (0 ? ((void) (__VA_ARGS__), (const char *) 0) : (const char *) 0)
#define HASHCACHE_REFRESH(...) (__VA_ARGS__)

#endif

#endif

/* asker.h - what families of questions are made of; for core/scenes only
 *
 * A family is a const struct at the end of its functions and a line in the list of
 * questions.c.  Its ask() draws at random and fills a question's text, answer, about
 * and answers, or returns false and leaves the question alone if the scene has nothing
 * to ask of that sort.
 */
#pragma once

#include "core/scenes/questions.h"

typedef struct {
  const PhScene *scene;
  PhRandom *random;
} PhAsker;

typedef const char *const PhPhrases[]; /* NULL-terminated */

typedef struct {
  const char *name;
  int n_asked; /* of one scene, at most */
  bool (*ask) (PhAsker *asker, PhQuestion *question);
  const char *const *const *phrases; /* all its lists of phrases, for the vocabulary */
} PhFamily;

extern const PhFamily ph_family_color;
extern const PhFamily ph_family_kind;
extern const PhFamily ph_family_where;
extern const PhFamily ph_family_size;
extern const PhFamily ph_family_digit;
extern const PhFamily ph_family_count;
extern const PhFamily ph_family_count_some;
extern const PhFamily ph_family_yes_no;
extern const PhFamily ph_family_region;
extern const PhFamily ph_family_relation;
extern const PhFamily ph_family_bigger;
extern const PhFamily ph_family_same_color;
extern const PhFamily ph_family_list;
extern const PhFamily ph_family_describe;

/* -------- looking -------- */

#define PH_ANY (-1)

/* Which things are of that kind and that colour. */
uint32_t ph_asker_find (PhAsker *self, int kind, int color);

/* Any of the things in @set, or -1 if there are none. */
int ph_asker_choose (PhAsker *self, uint32_t set);

/* A kind, a colour or both. */
typedef struct {
  int kind;  /* or PH_ANY */
  int color; /* or PH_ANY */
} PhSort;

/* The sort of some thing of the scene, likelier the more there are of it: counts would
 * nearly always be "one" else.  And a sort of which there is none. */
PhSort ph_asker_present_sort (PhAsker *self, bool by_kind, bool by_color);
PhSort ph_asker_absent_sort (PhAsker *self, bool by_kind, bool by_color);

/* -------- naming -------- */

/* Ways to name one thing so that no other is meant. */
enum {
  PH_BY_KIND = 1,  /* "star" */
  PH_BY_BOTH = 2,  /* "red star" */
  PH_BY_COLOR = 4, /* "red thing" */
};

/* Which things can be named in at least one of the @ways. */
uint32_t ph_asker_nameable (PhAsker *self, int ways);

/* A name for the thing in one of the @ways, without its article; free it. */
char *ph_asker_dup_name (PhAsker *self, int thing, int ways);

/* "star", and for a digit "number" or "digit". */
const char *ph_asker_kind_word (PhAsker *self, int kind);
const char *ph_asker_plural_word (PhAsker *self, int kind);
const char *ph_asker_thing_word (PhAsker *self); /* "thing" or "object" */

/* -------- asking -------- */

const char *ph_asker_pick (PhAsker *self, const char *const *phrases);

/* Sets the text to one of the @phrases with "$1" and "$2" filled in. */
void ph_asker_say (PhAsker *self,
                   PhQuestion *question,
                   const char *const *phrases,
                   const char *first,
                   const char *second);

/* The things @about which it is, which also settle the answer. */
void ph_question_answer (PhQuestion *question, const char *answer, uint32_t about);

/* "zero" … "five". */
extern const char *const ph_count_words[PH_SCENE_MAX_THINGS + 2];

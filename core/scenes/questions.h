/* questions.h - what can be asked about a scene, with the true answers
 *
 * Each family asks one sort of question in several ordinary phrasings and answers in
 * short lower-case English: "red", "star", "three", "yes", "top left", "a red star",
 * "nothing", "the star", "7", "large", "a red star, a blue fish and a green tree",
 * "a large red star at the top left and a small blue fish at the center".
 * Lists run by region from the top left, then from left to right.
 *
 * No question is ambiguous: "the star" is said where there is one star, sizes are
 * compared where they differ, and directions asked where one thing clearly lies there.
 * A digit is asked about as "the number" or "the digit" and answered as "a red number";
 * its value is asked by a family of its own.
 *
 * The text belongs to its question.  Any thread; the generator is the caller's.
 * To add a family: a const struct in the list of questions.c.
 */
#pragma once

#include "core/scenes/scene.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  int family;       /* index among the families */
  char *text;       /* "What color is the star?" */
  char *answer;     /* "red" */
  uint32_t about;   /* bit i: the question speaks of thing i, or for want of what it
                     * speaks of makes one look there */
  uint32_t answers; /* bit i: thing i is, or settles, the answer */
} PhQuestion;

void ph_question_free (PhQuestion *self);

int ph_question_get_n_families (void);
const char *ph_question_get_family_name (int family);

/* About twenty questions, no two with the same text, in the order of the families;
 * families that the scene cannot serve are left out.  Elements are PhQuestion. */
GPtrArray *ph_questions_of (const PhScene *scene, PhRandom *random);

/* One question of one family, or NULL if the scene has none (or the draw declined to
 * keep yes and no in balance). */
PhQuestion *ph_question_ask (const PhScene *scene, int family, PhRandom *random);

/* What is true of one thing in single words, for teaching language without pictures. */
typedef struct {
  const char *size, *color;
  const char *kind;   /* "number" for a digit */
  const char *digit;  /* "7", or NULL for what is no digit */
  const char *region; /* one or two words */
} PhThingWords;

void ph_thing_get_words (const PhThing *thing, PhThingWords *words);

/* Every word and punctuation mark that texts and answers can hold, lower-cased, sorted,
 * each once; NULL-terminated, to be freed with g_strfreev. */
char **ph_scene_dup_vocabulary (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhQuestion, ph_question_free)

G_END_DECLS

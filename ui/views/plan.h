/* plan.h - what an experiment takes away, and what at random beside it
 *
 * The first intervention of a plan is what is tested: patches of the map that is looked
 * at, or the queries, head or layer that are chosen.  Those behind it take away as much
 * of the same kind, drawn blindly and always alike.  Main thread only.
 */
#pragma once

#include "core/engine/experiment.h"
#include "ui/look.h"

G_BEGIN_DECLS

typedef struct {
  GArray *list;     /* of PhIntervention: the one that is tested, then the draws */
  GPtrArray *parts; /* what they point to */
  char *taken;      /* of the first, as a heading: "Without query 7" */
} PhPlan;

/* Why @look has nothing of that kind chosen, in a sentence; NULL: it has. */
char *ph_plan_dup_no_patches (PhLook *look);
char *ph_plan_dup_no_query (PhLook *look);
char *ph_plan_dup_no_head (PhLook *look);

/* The fewest patches that hold @part of the map; or where that is 0, the @n largest. */
PhPlan *ph_plan_patches (PhLook *look, PhCover cover, float part, size_t n);
/* All queries that are chosen. */
PhPlan *ph_plan_queries (PhLook *look);
/* The chosen head of the chosen layer; where only one is chosen, all of it. */
PhPlan *ph_plan_head (PhLook *look);
void ph_plan_free (PhPlan *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhPlan, ph_plan_free)

G_END_DECLS

/* retrieval.h - what the families that compare pictures with texts have in common
 *
 * ITC holds what picture and text became, each read alone, against each other; ITM reads
 * them together and judges.  The families differ in who reads (blip-retrieval.c,
 * blip2-retrieval.c); what becomes of it stands here.
 */
#pragma once

#include "core/models/model.h"

G_BEGIN_DECLS

/* ITC: the largest cosine of a row of @rows with @text, which is one row of the same
 * width. */
float ph_retrieval_nearest (PhContext *c, PhTensor *rows, PhTensor *text);

/* ITM: notes the two @scores, no match and match, and gives that of a match alone. */
PhTensor *ph_retrieval_judge (PhContext *c, PhTensor *scores, PhMatch *match);

G_END_DECLS

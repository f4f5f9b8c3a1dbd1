/* instruction.h - what the queries had of the words of the instruction, and what that
 * did to where they looked
 */
#pragma once

#include "core/history/history.h"
#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_INSTRUCTION (ph_instruction_get_type ())
G_DECLARE_FINAL_TYPE (PhInstruction, ph_instruction, PH, INSTRUCTION, GtkBox)

/* @history is borrowed and must outlive it. */
GtkWidget *ph_instruction_new (PhLook *look, PhHistory *history);

G_END_DECLS

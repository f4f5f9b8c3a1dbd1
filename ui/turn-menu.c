#include "ui/turn-menu.h"

#include <glib/gi18n.h>

typedef struct {
  const char *label, *action;
} MenuItem;

/* NULL between the sections. */
static const MenuItem menu_items[] = {
  { N_ ("_Copy Answer"), "turn.copy-answer" },
  { N_ ("Copy _Question"), "turn.copy-question" },
  { NULL, NULL },
  { N_ ("Ask _Again"), "turn.regenerate" },
  { N_ ("_Continue Answer"), "turn.continue" },
  { N_ ("Ask About the Current _Picture"), "turn.ask-current" },
  { N_ ("Ask About A_ll Pictures"), "turn.ask-all" },
  { NULL, NULL },
  { N_ ("_Edit Question"), "turn.edit-question" },
  { N_ ("Edit A_nswer"), "turn.edit-answer" },
  { N_ ("_Branch From Here"), "turn.branch" },
  { NULL, NULL },
  { N_ ("_Delete"), "turn.delete" },
};

static GMenuModel *
make_menu (void)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) section = g_menu_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (menu_items); i++) {
    if (menu_items[i].label != NULL) {
      g_menu_append (section, _ (menu_items[i].label), menu_items[i].action);
      continue;
    }
    g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
    g_object_unref (section);
    section = g_menu_new ();
  }
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
  return G_MENU_MODEL (menu);
}

GMenuModel *
ph_turn_menu_get (void)
{
  static GMenuModel *menu;

  if (menu == NULL)
    menu = make_menu ();
  return menu;
}

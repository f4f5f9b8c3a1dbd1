/* main.c - the program with a window; all of it is in ui/ */
#include "ui/application.h"

int
main (int argc, char **argv)
{
  g_autoptr (PhApplication) application = ph_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}

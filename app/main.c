/* main.c - the program with a window; all of it is in ui/ */
#include "ui/application.h"

#include <signal.h>

int
main (int argc, char **argv)
{
  g_autoptr (PhApplication) application = ph_application_new ();

  signal (SIGXFSZ, SIG_IGN); /* a limit on file sizes is told like a full disk */
  return g_application_run (G_APPLICATION (application), argc, argv);
}

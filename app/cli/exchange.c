#include "app/cli/exchange.h"

#include "app/cli/command.h"
#include "app/cli/terminal.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const PhExchange *exchange;
  PhReply *reply;
  char *printed; /* of the answer */
  bool was_interrupted;
} Running;

/* What was printed cannot be taken back, so text that changed further up waits; that of
 * beams, of which another may come to lead, waits for its end. */
static void
print_more (Running *self, const char *text)
{
  g_autofree char *shown = NULL;

  if (!g_str_has_prefix (text, self->printed))
    return;

  shown = ph_terminal_escape (text + strlen (self->printed));
  fputs (shown, stdout);
  fflush (stdout);
  g_free (self->printed);
  self->printed = g_strdup (text);
}

/* Text that changed and never came to agree again is printed once more, whole. */
static void
print_end (Running *self, const char *text)
{
  print_more (self, text);
  if (!g_str_equal (self->printed, text)) {
    g_autofree char *shown = ph_terminal_escape (text);

    printf ("\n%s", shown);
  }
  if (*text != '\0')
    putchar ('\n');
  fflush (stdout);
}

static void
changed_cb (PhReply *reply, GParamSpec *pspec, gpointer data)
{
  Running *self = data;

  if (ph_reply_is_over (reply))
    return;
  if (self->exchange->prints && self->exchange->request->sampling.n_beams == 1)
    print_more (self, ph_reply_get_text (reply));
  ph_scribe_update (self->exchange->scribe, reply);
}

static gboolean
interrupt_cb (gpointer data)
{
  Running *self = data;

  if (self->was_interrupted)
    _exit (PH_EXIT_INTERRUPTED);
  self->was_interrupted = true;
  ph_reply_cancel (self->reply);
  return G_SOURCE_CONTINUE;
}

static void
wait_until_over (PhReply *reply)
{
  while (!ph_reply_is_over (reply))
    g_main_context_iteration (NULL, TRUE);
}

PhReply *
ph_exchange_run (PhEngine *engine, const PhExchange *exchange)
{
  g_autoptr (PhReply) reply = ph_engine_ask (engine, exchange->request);
  Running running = { .exchange = exchange, .reply = reply, .printed = g_strdup ("") };
  guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, &running);
  gulong changed = g_signal_connect (reply, "notify", G_CALLBACK (changed_cb), &running);

  wait_until_over (reply);
  g_signal_handler_disconnect (reply, changed);
  g_source_remove (interrupt);

  if (exchange->prints)
    print_end (&running, ph_reply_get_text (reply));
  ph_scribe_finish (exchange->scribe, reply);
  g_free (running.printed);
  return g_steal_pointer (&reply);
}

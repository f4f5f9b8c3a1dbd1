#include "ui/views/past-turns.h"

static PhPastTurn *
make_past (const PhHistoryTurn *turn)
{
  PhPastTurn *self = g_new (PhPastTurn, 1);

  *self = (PhPastTurn){ .id = turn->id,
                        .chat = turn->chat,
                        .prompt = g_strdup (turn->prompt),
                        .answer = g_strdup (turn->answer),
                        .model = g_strdup (turn->model),
                        .picture_name = g_strdup (turn->picture_name),
                        .picture_hash = g_strdup (turn->picture_hash) };
  return self;
}

void
ph_past_turn_free (PhPastTurn *self)
{
  g_free (self->prompt);
  g_free (self->answer);
  g_free (self->model);
  g_free (self->picture_name);
  g_free (self->picture_hash);
  g_free (self);
}

static bool
add_chat (PhHistory *history, int64_t chat, GPtrArray *all, GError **error)
{
  g_autoptr (GPtrArray) turns = ph_history_load_turns (history, chat, error);

  for (guint i = 0; turns != NULL && i < turns->len; i++) {
    const PhHistoryTurn *turn = g_ptr_array_index (turns, i);

    if (turn->has_record)
      g_ptr_array_add (all, make_past (turn));
  }
  return turns != NULL;
}

static const PhPastTurn *
find (GPtrArray *all, int64_t id)
{
  for (guint i = 0; i < all->len; i++)
    if (((const PhPastTurn *) g_ptr_array_index (all, i))->id == id)
      return g_ptr_array_index (all, i);
  return NULL;
}

static void
keep_same_picture (GPtrArray *all, const char *hash)
{
  for (guint i = all->len; i-- > 0;) {
    const PhPastTurn *turn = g_ptr_array_index (all, i);

    if (hash == NULL || g_strcmp0 (turn->picture_hash, hash) != 0)
      g_ptr_array_remove_index (all, i);
  }
}

/* Moves the turns of @chat to the front, all in the order they have. */
static void
put_first (GPtrArray *all, int64_t chat)
{
  guint n_first = 0;

  for (guint i = 0; i < all->len; i++)
    if (((const PhPastTurn *) g_ptr_array_index (all, i))->chat == chat)
      g_ptr_array_insert (all, (gint) n_first++, g_ptr_array_steal_index (all, i));
}

GPtrArray *
ph_past_turns_list (PhHistory *history,
                    int64_t present,
                    bool same_picture,
                    size_t n_chats,
                    GError **error)
{
  g_autoptr (GPtrArray) chats = ph_history_list_chats (history, false, 0, n_chats, error);
  g_autoptr (GPtrArray) all =
      g_ptr_array_new_with_free_func ((GDestroyNotify) ph_past_turn_free);
  const PhPastTurn *it;

  if (chats == NULL)
    return NULL;
  for (guint i = 0; i < chats->len; i++)
    if (!add_chat (history, ((PhHistoryChat *) g_ptr_array_index (chats, i))->id, all,
                   error))
      return NULL;

  it = find (all, present);
  if (it != NULL)
    put_first (all, it->chat);
  if (same_picture)
    keep_same_picture (all, it != NULL ? it->picture_hash : NULL);
  it = find (all, present);
  if (it != NULL)
    g_ptr_array_remove (all, (gpointer) it);
  return g_steal_pointer (&all);
}

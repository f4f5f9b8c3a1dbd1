#include "core/history/store-private.h"

bool
ph_chat_store_write_title (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char sql[] =
      "UPDATE chats SET title = coalesce (?2, ''), updated = max (updated, ?3)"
      "  WHERE id = ?1";
  PhValue values[] = { ph_integer (write->id), ph_text (write->text),
                       ph_integer (write->time) };

  return ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error);
}

bool
ph_chat_store_write_folder (PhChatStore *self, const PhWrite *write, GError **error)
{
  PhValue values[] = { ph_integer (write->id), ph_text (write->text) };

  return ph_database_run (self->db,
                          "UPDATE chats SET folder = nullif (?2, '') WHERE id = ?1",
                          values, G_N_ELEMENTS (values), error);
}

bool
ph_chat_store_write_pinned (PhChatStore *self, const PhWrite *write, GError **error)
{
  PhValue values[] = { ph_integer (write->id), ph_integer (write->on) };

  return ph_database_run (self->db, "UPDATE chats SET pinned = ?2 WHERE id = ?1", values,
                          G_N_ELEMENTS (values), error);
}

bool
ph_chat_store_write_chat_deleted (PhChatStore *self, const PhWrite *write, GError **error)
{
  PhValue values[] = { ph_integer (write->id), ph_integer (write->on ? write->time : 0) };

  return ph_database_run (self->db, "UPDATE chats SET deleted = ?2 WHERE id = ?1", values,
                          G_N_ELEMENTS (values), error);
}

/* Branches */

bool
ph_chat_store_write_branch (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char copy_chat[] =
      "INSERT INTO chats (id, title, created, updated, folder)"
      "  SELECT ?1, title || ' (branch)', ?3, ?3, folder FROM chats WHERE id = ?2"
      "  ON CONFLICT (id) DO NOTHING";
  static const char copy_turns[] =
      "INSERT INTO turns (id, chat, position, state, picture, picture_name, model,"
      "                   prompt, settings, answer, stop_reason, ids, timings, created,"
      "                   finished, record, edited, variant_of)"
      "  SELECT random () & 0x7fffffffffffffff, ?1, position,"
      "         CASE WHEN writer IS NULL THEN state ELSE ?4 END, picture, picture_name,"
      "         model, prompt, settings, answer, stop_reason, ids, timings, created,"
      "         finished, record, edited, variant_of"
      "    FROM turns AS turn"
      "   WHERE chat = ?2 AND deleted = 0"
      "     AND (?3 = 0 OR (" PH_TURNS_ORDER ") <= (SELECT " PH_TURNS_ORDER
      "                                              FROM turns AS turn WHERE id = ?3))"
      "     AND NOT EXISTS (SELECT 1 FROM turns WHERE chat = ?1)";
  /* Copies have the positions of what they copy: by these a variant finds the copy of the
   * first one.  Where that was not copied, its id still holds the others together. */
  static const char join_variants[] =
      "UPDATE turns SET variant_of = coalesce ("
      "    (SELECT copy.id FROM turns AS head JOIN turns AS copy USING (position)"
      "      WHERE head.id = turns.variant_of AND head.chat = ?2 AND copy.chat = ?1),"
      "    variant_of)"
      "  WHERE chat = ?1 AND variant_of IS NOT NULL";
  const char *interrupted = ph_turn_state_get_name (PH_TURN_INTERRUPTED);
  PhValue chats[] = { ph_integer (write->id), ph_integer (write->source),
                      ph_integer (write->time) };
  PhValue turns[] = { ph_integer (write->id), ph_integer (write->source),
                      ph_integer (write->last), ph_text (interrupted) };

  return ph_database_run (self->db, copy_chat, chats, 3, error) &&
         ph_database_run (self->db, copy_turns, turns, 4, error) &&
         ph_database_run (self->db, join_variants, turns, 2, error);
}

/* Erasing; records go with the last turn that has them, by a trigger */

static bool
erase (PhChatStore *self, const char *sql, int64_t which, GError **error)
{
  PhValue values[] = { ph_integer (which) };

  if (!ph_database_run (self->db, sql, values, G_N_ELEMENTS (values), error))
    return false;
  self->has_erased |= sqlite3_changes (self->db) > 0;
  return true;
}

static bool
erase_orphans (PhChatStore *self, GError **error)
{
  static const char sql[] =
      "DELETE FROM pictures"
      "  WHERE NOT EXISTS (SELECT 1 FROM turns WHERE picture = pictures.hash)";

  return !self->has_erased || ph_database_exec (self->db, sql, error);
}

bool
ph_chat_store_erase_chat (PhChatStore *self, const PhWrite *write, GError **error)
{
  return erase (self, "DELETE FROM chats WHERE id = ?1", write->id, error) &&
         erase_orphans (self, error);
}

bool
ph_chat_store_erase_old (PhChatStore *self, const PhWrite *write, GError **error)
{
  static const char chats[] = "DELETE FROM chats WHERE deleted > 0 AND deleted < ?1";
  static const char turns[] = "DELETE FROM turns WHERE deleted > 0 AND deleted < ?1";

  return erase (self, chats, write->time, error) &&
         erase (self, turns, write->time, error) && erase_orphans (self, error);
}

bool
ph_chat_store_reindex (PhChatStore *self, const PhWrite *write, GError **error)
{
  return ph_schema_reindex (self->db, error);
}

#include "ui/exchange.h"

struct _PhExchange {
  GObject parent_instance;

  /* Owned */
  GPtrArray *variants; /* of PhTurn */

  guint index; /* of the one that is shown */
  guint number;
};

G_DEFINE_FINAL_TYPE (PhExchange, ph_exchange, G_TYPE_OBJECT)

enum { PROP_0, PROP_TURN, N_PROPS };

static GParamSpec *properties[N_PROPS];

PhExchange *
ph_exchange_new (guint number)
{
  PhExchange *self = g_object_new (PH_TYPE_EXCHANGE, NULL);

  self->number = number;
  return self;
}

static void
set_index (PhExchange *self, guint index)
{
  self->index = index;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TURN]);
}

void
ph_exchange_add (PhExchange *self, PhTurn *turn)
{
  g_ptr_array_add (self->variants, g_object_ref (turn));
  set_index (self, self->variants->len - 1);
}

guint
ph_exchange_get_number (PhExchange *self)
{
  return self->number;
}

guint
ph_exchange_get_n_variants (PhExchange *self)
{
  return self->variants->len;
}

PhTurn *
ph_exchange_get_variant (PhExchange *self, guint index)
{
  return g_ptr_array_index (self->variants, index);
}

guint
ph_exchange_get_index (PhExchange *self)
{
  return self->index;
}

PhTurn *
ph_exchange_get_turn (PhExchange *self)
{
  return g_ptr_array_index (self->variants, self->index);
}

void
ph_exchange_step (PhExchange *self, int by)
{
  int index = (int) self->index + by;

  if (index >= 0 && index < (int) self->variants->len)
    set_index (self, (guint) index);
}

gboolean
ph_exchange_show (PhExchange *self, PhTurn *turn)
{
  guint index;

  if (!g_ptr_array_find (self->variants, turn, &index))
    return FALSE;
  if (index != self->index)
    set_index (self, index);
  return TRUE;
}

static void
ph_exchange_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  switch (prop) {
  case PROP_TURN:
    g_value_set_object (value, ph_exchange_get_turn (PH_EXCHANGE (object)));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_exchange_finalize (GObject *object)
{
  g_ptr_array_unref (PH_EXCHANGE (object)->variants);
  G_OBJECT_CLASS (ph_exchange_parent_class)->finalize (object);
}

static void
ph_exchange_class_init (PhExchangeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ph_exchange_get_property;
  object_class->finalize = ph_exchange_finalize;
  properties[PROP_TURN] = g_param_spec_object ("turn", NULL, NULL, PH_TYPE_TURN,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_exchange_init (PhExchange *self)
{
  self->variants = g_ptr_array_new_with_free_func (g_object_unref);
}

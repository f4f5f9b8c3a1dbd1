/* The start of the Q-Former and of the projection, computed instead of learned.
 *
 * From a random start the binding of the asked word to the right thing stays at chance
 * for hundreds of thousands of questions.  What breaks that is one space from the start:
 *
 * 1. the word embeddings of kinds, colours, sizes and digits are the directions in which
 *    the vision heads look for them; all text carries a common mark;
 * 2. in layer 0 the queries look for that mark, and pass on what they find unchanged:
 * they take up the words of the instruction;
 * 3. in cross-attention queries and keys go through one and the same rotation, so a query
 *    that holds a word looks at the patches of such things; values pass unchanged, seen
 *    from the mean of all things;
 * 4. the projection is the ridge regression described in bridge.h.
 *
 * This does in closed form what ITC would have to do first: align words and patches. */
#include "core/train/bridge.h"

#include "core/tensor/ops.h"
#include "core/tensor/random.h"

#include <math.h>
#include <string.h>

#define WORD_NORM 6.0f
#define MARK_NORM 4.0f
#define CROSS_GAIN 1.3f
#define N_PICTURES 384 /* that the mean and the regression are taken from */

typedef struct {
  PhWorkbench *bench;
  PhRandom random;
  size_t width;
} Start;

static void
scale (PhTensor *x, float factor)
{
  for (size_t i = 0; i < ph_n_elements (x); i++)
    x->data[i] *= factor;
}

static void
add_identity (PhTensor *w, float factor)
{
  for (size_t i = 0; i < w->dims[0]; i++)
    w->data[i * w->dims[1] + i] += factor;
}

static void
fill_normal (Start *s, PhTensor *x, float deviation)
{
  for (size_t i = 0; i < ph_n_elements (x); i++)
    x->data[i] = deviation * (float) ph_random_normal (&s->random);
}

/* --- words --- */

/* Row @row of a head, seen from the mean of its rows @first … @first + @n - 1. */
static void
direction (const PhAffine *head, size_t first, size_t n, size_t row, float *out)
{
  size_t width = head->w.dims[1];

  for (size_t k = 0; k < width; k++) {
    float mean = 0;

    for (size_t i = first; i < first + n; i++)
      mean += head->w.data[i * width + k] / (float) n;
    out[k] = head->w.data[row * width + k] - mean;
  }
}

static void
set_word (Start *s, const char *word, const float *values)
{
  PhQformer *qformer = &s->bench->net.qformer;
  int32_t id = ph_tokenizer_find (s->bench->qformer_tokenizer, word);
  float *row = qformer->word_embedding.data + (size_t) MAX (id, 0) * s->width;
  float norm = 0;

  if (id < 0)
    return;
  for (size_t k = 0; k < s->width; k++)
    norm += values[k] * values[k];
  for (size_t k = 0; k < s->width; k++)
    row[k] = WORD_NORM * values[k] / sqrtf (norm);
}

static void
set_kinds (Start *s, const PhVisionHeads *heads, float *values)
{
  size_t n_classes = heads->kind.w.dims[0] - 1;
  g_autofree float *sum = g_new0 (float, s->width);

  for (int kind = 0; kind < PH_N_KINDS - 1; kind++) {
    const char *name = ph_kind_get_name ((PhKind) kind);
    g_autofree char *plural =
        g_strconcat (name, g_str_has_suffix (name, "s") ? "es" : "s", NULL);

    direction (&heads->kind, 1, n_classes, (size_t) ph_vision_class ((PhKind) kind, -1),
               values);
    set_word (s, name, values);
    set_word (s, plural, values);
  }
  for (int digit = 0; digit < 10; digit++) {
    char name[2] = { (char) ('0' + digit), '\0' };

    direction (&heads->kind, 1, n_classes,
               (size_t) ph_vision_class (PH_KIND_DIGIT, digit), values);
    set_word (s, name, values);
    for (size_t k = 0; k < s->width; k++)
      sum[k] += values[k];
  }
  set_word (s, "number", sum);
  set_word (s, "numbers", sum);
  set_word (s, "digit", sum);
  set_word (s, "digits", sum);
}

static void
set_words (Start *s, const PhVisionHeads *heads)
{
  PhQformer *qformer = &s->bench->net.qformer;
  g_autofree float *values = g_new (float, s->width);

  fill_normal (s, &qformer->word_embedding, 0.075f);
  set_kinds (s, heads, values);
  for (int color = 0; color < PH_N_COLORS; color++) {
    direction (&heads->color, 1, PH_N_COLORS, 1 + (size_t) color, values);
    set_word (s, ph_color_get_name ((PhColor) color), values);
  }
  for (int size = 0; size < PH_N_SIZES; size++) {
    direction (&heads->size, 1, PH_N_SIZES, 1 + (size_t) size, values);
    set_word (s, ph_size_get_name ((PhSize) size), values);
  }
}

/* --- layers --- */

/* Adds a mark to all positions of text and returns it, of length 1. */
static float *
mark_text (Start *s)
{
  PhTensor *positions = &s->bench->net.qformer.position_embedding;
  float *mark = g_new (float, s->width);
  float norm = 0;

  for (size_t k = 0; k < s->width; k++) {
    mark[k] = (float) ph_random_normal (&s->random);
    norm += mark[k] * mark[k];
  }
  for (size_t k = 0; k < s->width; k++)
    mark[k] /= sqrtf (norm);

  fill_normal (s, positions, 0.045f);
  for (size_t i = 0; i < ph_n_elements (positions); i++)
    positions->data[i] += MARK_NORM * mark[i % s->width];
  return mark;
}

/* Queries look for the mark, head by head with the same strength. */
static void
read_text (Start *s, PhBertAttention *self_attention, const float *mark)
{
  const float key_gain = 0.5f, strength = 3;
  size_t n_heads = s->bench->net.qformer.config.n_heads, size = s->width / n_heads;

  scale (&self_attention->q.w, 0.2f);
  scale (&self_attention->k.w, 0.2f);
  scale (&self_attention->v.w, 0.2f);
  scale (&self_attention->out.w, 0.2f);
  add_identity (&self_attention->k.w, key_gain);
  add_identity (&self_attention->v.w, 0.7f);
  add_identity (&self_attention->out.w, 1);
  for (size_t head = 0; head < n_heads; head++) {
    const float *part = mark + head * size;
    float square = 0;

    for (size_t k = 0; k < size; k++)
      square += part[k] * part[k];
    for (size_t k = 0; k < size; k++)
      self_attention->q.b.data[head * size + k] += key_gain * strength * part[k] / square;
  }
}

/* A random rotation: Gram and Schmidt on normal rows. */
static float *
rotation (Start *s)
{
  size_t n = s->width;
  float *rows = g_new (float, n *n);

  for (size_t i = 0; i < n; i++) {
    float *row = rows + i * n;
    double norm = 0;

    for (size_t k = 0; k < n; k++)
      row[k] = (float) ph_random_normal (&s->random);
    for (size_t j = 0; j < i; j++) {
      double overlap = 0;

      for (size_t k = 0; k < n; k++)
        overlap += (double) row[k] * rows[j * n + k];
      for (size_t k = 0; k < n; k++)
        row[k] -= (float) overlap * rows[j * n + k];
    }
    for (size_t k = 0; k < n; k++)
      norm += (double) row[k] * row[k];
    for (size_t k = 0; k < n; k++)
      row[k] /= (float) sqrt (norm);
  }
  return rows;
}

/* b -= w x */
static void
center_bias (PhAffine *affine, const float *x, const float *w)
{
  size_t n_in = affine->w.dims[1];

  for (size_t o = 0; o < affine->w.dims[0]; o++)
    for (size_t k = 0; k < n_in; k++)
      affine->b.data[o] -= w[o * n_in + k] * x[k];
}

static void
look_for_words (Start *s, PhBertAttention *cross, const float *mean_thing)
{
  g_autofree float *r = rotation (s);

  scale (&cross->q.w, 0.2f);
  scale (&cross->k.w, 0.2f);
  scale (&cross->v.w, 0.2f);
  scale (&cross->out.w, 0.2f);
  for (size_t i = 0; i < s->width * s->width; i++) {
    cross->q.w.data[i] += CROSS_GAIN * r[i];
    cross->k.w.data[i] += CROSS_GAIN * r[i];
  }
  add_identity (&cross->v.w, 1);
  add_identity (&cross->out.w, 1);
  center_bias (&cross->k, mean_thing, cross->k.w.data);
  for (size_t k = 0; k < s->width; k++)
    cross->v.b.data[k] -= mean_thing[k];
}

/* --- data --- */

/* One picture at a time through the frozen transformer. */
typedef struct {
  PhContext context;
  PhPass pass;
  PhShard shard;
  PhPictures pictures;
  PhTensor *features; /* 1 by token by width */
} Look;

static void
look_init (Look *look, Start *s)
{
  *look = (Look){ .context = { .arena = ph_arena_new () } };
  look->pass.context = &look->context;
  look->shard = (PhShard){ .pass = &look->pass,
                           .n_pictures = 1,
                           .scene_options = ph_scene_options_default };
  ph_random_start (&look->shard.random, (uint64_t) s->bench->recipe->seed, 1);
}

static void
look_at (Look *look, Start *s, size_t picture)
{
  ph_arena_reset (look->context.arena, 0);
  look->shard.step = picture;
  look->pictures = ph_shard_draw (s->bench, &look->shard);
  look->features = ph_bridge_features (s->bench, &look->shard, look->pictures.pixels);
}

static float *
mean_of_things (Start *s)
{
  float *mean = g_new0 (float, s->width);
  size_t n = 0;
  Look look;

  look_init (&look, s);
  for (size_t i = 0; i < N_PICTURES; i++) {
    look_at (&look, s, i);
    for (size_t patch = 0; patch < PH_SCENE_N_PATCHES; patch++) {
      if (look.pictures.samples[0].labels.thing[patch] < 0)
        continue;
      n++;
      for (size_t k = 0; k < s->width; k++)
        mean[k] += look.features->data[(1 + patch) * s->width + k];
    }
  }
  for (size_t k = 0; k < s->width; k++)
    mean[k] /= (float) n;
  ph_arena_free (look.context.arena);
  return mean;
}

static Start
start_of (PhWorkbench *bench)
{
  Start s = { .bench = bench, .width = bench->net.qformer.config.width };

  ph_random_start (&s.random, (uint64_t) bench->recipe->seed + 17, 0);
  return s;
}

void
ph_bridge_start (PhWorkbench *bench, const PhVisionHeads *heads)
{
  Start s = start_of (bench);
  PhQformer *qformer = &bench->net.qformer;
  g_autofree float *mean_thing = mean_of_things (&s);
  g_autofree float *mark = NULL;

  fill_normal (&s, &qformer->query_tokens, 0.15f);
  set_words (&s, heads);
  mark = mark_text (&s);
  read_text (&s, &qformer->layers[0].self, mark);
  for (size_t i = 0; i < qformer->config.n_layers; i++) {
    PhQformerLayer *layer = &qformer->layers[i];

    scale (&layer->query.out.w, 0.3f);
    scale (&layer->text.out.w, 0.3f);
    if (ph_qformer_crosses (&qformer->config, i))
      look_for_words (&s, &layer->cross, mean_thing);
  }
}

/* --- the projection --- */

/* Sums for a least-squares fit of y on x with a constant. */
typedef struct {
  size_t n_x, n_y, n;
  double *xx, *xy, *x, *y;
} Fit;

static Fit
fit_new (size_t n_x, size_t n_y)
{
  return (Fit){ n_x,
                n_y,
                0,
                g_new0 (double, n_x *n_x),
                g_new0 (double, n_x *n_y),
                g_new0 (double, n_x),
                g_new0 (double, n_y) };
}

static void
fit_clear (Fit *fit)
{
  g_free (fit->xx);
  g_free (fit->xy);
  g_free (fit->x);
  g_free (fit->y);
}

static void
fit_add (Fit *fit, const float *x, const float *y)
{
  fit->n++;
  for (size_t i = 0; i < fit->n_x; i++) {
    fit->x[i] += x[i];
    for (size_t j = 0; j < fit->n_x; j++)
      fit->xx[i * fit->n_x + j] += (double) x[i] * x[j];
    for (size_t j = 0; j < fit->n_y; j++)
      fit->xy[i * fit->n_y + j] += (double) x[i] * y[j];
  }
  for (size_t j = 0; j < fit->n_y; j++)
    fit->y[j] += y[j];
}

/* Moves the sums to the means of x and y and adds the ridge to the diagonal. */
static void
fit_center (Fit *fit, double ridge)
{
  double n = (double) fit->n, trace = 0;

  for (size_t i = 0; i < fit->n_x; i++) {
    for (size_t j = 0; j < fit->n_x; j++)
      fit->xx[i * fit->n_x + j] -= fit->x[i] * fit->x[j] / n;
    for (size_t j = 0; j < fit->n_y; j++)
      fit->xy[i * fit->n_y + j] -= fit->x[i] * fit->y[j] / n;
    trace += fit->xx[i * fit->n_x + i];
  }
  for (size_t i = 0; i < fit->n_x; i++)
    fit->xx[i * fit->n_x + i] += ridge * trace / (double) fit->n_x;
}

/* Solves xx b = xy in place: xy becomes b.  xx is positive definite, so elimination
 * needs no pivots. */
static void
fit_solve (Fit *fit)
{
  size_t n = fit->n_x;

  for (size_t p = 0; p < n; p++)
    for (size_t i = 0; i < n; i++) {
      double factor = fit->xx[i * n + p] / fit->xx[p * n + p];

      if (i == p)
        continue;
      for (size_t j = p; j < n; j++)
        fit->xx[i * n + j] -= factor * fit->xx[p * n + j];
      for (size_t j = 0; j < fit->n_y; j++)
        fit->xy[i * fit->n_y + j] -= factor * fit->xy[p * fit->n_y + j];
    }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < fit->n_y; j++)
      fit->xy[i * fit->n_y + j] /= fit->xx[i * n + i];
}

/* The sum of the embeddings of what can be said of a thing. */
static void
say_thing (Start *s, const PhThing *thing, float *sum)
{
  const PhParameter *table = ph_parameters_find (
      s->bench->parameters, "language_model.model.embed_tokens.weight");
  size_t width = s->bench->net.lm->width;
  g_autofree char *all = NULL;
  g_auto (GStrv) words = NULL;
  PhThingWords w;

  ph_thing_get_words (thing, &w);
  all = g_strjoin (" ", w.size, w.color, w.kind, w.region, w.digit, NULL);
  words = g_strsplit (all, " ", -1);
  memset (sum, 0, width * sizeof *sum);
  for (int i = 0; words[i] != NULL; i++) {
    int32_t id = ph_tokenizer_find (s->bench->tokenizer, words[i]);

    for (size_t k = 0; k < width; k++)
      sum[k] += table->tensor->data[(size_t) id * width + k];
  }
}

/* "Where is the red star?": the question that names a thing most plainly. */
static PhTensor *
ask_where (Start *s, Look *look, const PhThing *thing)
{
  PhBlip2 *net = &s->bench->net;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autofree char *text = g_strdup_printf (
      "Where is the %s %s?", ph_color_get_name (thing->color),
      thing->kind == PH_KIND_DIGIT ? "number" : ph_kind_get_name (thing->kind));
  PhTensor *x;

  if (!ph_tokenizer_encode (s->bench->qformer_tokenizer, text, true, ids, NULL))
    g_assert_not_reached ();
  x = ph_qformer_encode (&net->qformer, &look->pass,
                         &(PhQformerInput){ .picture = look->features,
                                            .ids = (const int32_t *) ids->data,
                                            .n_ids = ids->len,
                                            .n_rows = 1 });
  return ph_tokens (&look->context, x, 0, net->qformer.config.n_queries);
}

static void
add_things (Start *s, Look *look, Fit *fit, float *said)
{
  const PhScene *scene = &look->pictures.samples[0].scene;

  for (int i = 0; i < scene->n_things; i++) {
    PhTensor *x = ask_where (s, look, &scene->things[i]);

    say_thing (s, &scene->things[i], said);
    for (size_t q = 0; q < x->dims[1]; q++)
      fit_add (fit, x->data + q * s->width, said);
  }
}

void
ph_projection_start (PhWorkbench *bench)
{
  const float shrink = 0.8f;
  Start s = start_of (bench);
  PhAffine *projection = &bench->net.projection;
  size_t n_x = s.width, n_y = bench->net.lm->width;
  g_autofree float *said = g_new (float, n_y);
  Fit fit = fit_new (n_x, n_y);
  Look look;

  look_init (&look, &s);
  for (size_t i = 0; i < N_PICTURES; i++) {
    look_at (&look, &s, i);
    add_things (&s, &look, &fit, said);
  }
  fit_center (&fit, 0.01);
  fit_solve (&fit);

  for (size_t o = 0; o < n_y; o++) {
    projection->b.data[o] = (float) (fit.y[o] / (double) fit.n);
    for (size_t k = 0; k < n_x; k++) {
      float w = shrink * (float) fit.xy[k * n_y + o];

      projection->w.data[o * n_x + k] = w;
      projection->b.data[o] -= w * (float) (fit.x[k] / (double) fit.n);
    }
  }
  fit_clear (&fit);
  ph_arena_free (look.context.arena);
}

#include "core/train/parameters.h"

#include "core/base/error.h"
#include "core/formats/safetensors.h"

#include <math.h>
#include <string.h>

#define OF_TRAINING "train."

struct _PhParameters {
  PhBinder binder;
  GArray *parameters; /* of PhParameter */
  size_t n_values;
  float *weights, *first_moments, *second_moments;
  GArray *ranges; /* of PhAdamwRange, of what is not frozen */
};

static bool
bind (PhBinder *binder,
      const char *name,
      PhTensor *tensor,
      int n_dims,
      const size_t *dims,
      bool optional,
      GError **error)
{
  PhParameters *self = (PhParameters *) binder;
  PhParameter parameter = { .name = g_strdup (name), .tensor = tensor };

  *tensor = (PhTensor){ .type = PH_F32, .n_dims = n_dims, .slot = PH_NO_SLOT };
  memcpy (tensor->dims, dims, (size_t) n_dims * sizeof *dims);
  parameter.first = self->n_values;
  parameter.n = ph_n_elements (tensor);
  self->n_values += parameter.n;
  g_array_append_val (self->parameters, parameter);
  return true;
}

static void
clear_parameter (void *data)
{
  g_free (((PhParameter *) data)->name);
}

PhParameters *
ph_parameters_new (void)
{
  PhParameters *self = g_new0 (PhParameters, 1);

  self->binder.bind = bind;
  self->parameters = g_array_new (FALSE, FALSE, sizeof (PhParameter));
  g_array_set_clear_func (self->parameters, clear_parameter);
  self->ranges = g_array_new (FALSE, FALSE, sizeof (PhAdamwRange));
  return self;
}

void
ph_parameters_free (PhParameters *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->parameters);
  g_array_unref (self->ranges);
  g_free (self->weights);
  g_free (self->first_moments);
  g_free (self->second_moments);
  g_free (self);
}

PhBinder *
ph_parameters_get_binder (PhParameters *self)
{
  return &self->binder;
}

static PhParameter *
parameter_at (const PhParameters *self, size_t index)
{
  return &g_array_index (self->parameters, PhParameter, index);
}

/* Biases and norms are not pulled towards zero. */
static void
rebuild_ranges (PhParameters *self)
{
  g_array_set_size (self->ranges, 0);
  for (size_t i = 0; i < self->parameters->len; i++) {
    const PhParameter *parameter = parameter_at (self, i);
    PhAdamwRange range = { parameter->first, parameter->n,
                           parameter->tensor->n_dims > 1 };

    if (!parameter->frozen)
      g_array_append_val (self->ranges, range);
  }
}

static void
fill (PhParameter *parameter, PhRandom *random, float spread)
{
  float *values = parameter->tensor->data;
  bool is_scale =
      parameter->tensor->n_dims == 1 && g_str_has_suffix (parameter->name, ".weight");

  for (size_t i = 0; i < parameter->n; i++)
    values[i] = parameter->tensor->n_dims > 1 ? spread * (float) ph_random_normal (random)
                : is_scale                    ? 1
                                              : 0;
}

void
ph_parameters_allocate (PhParameters *self, PhRandom *random, float spread)
{
  self->weights = g_new0 (float, self->n_values);
  self->first_moments = g_new0 (float, self->n_values);
  self->second_moments = g_new0 (float, self->n_values);

  for (size_t i = 0; i < self->parameters->len; i++) {
    PhParameter *parameter = parameter_at (self, i);

    parameter->tensor->data = self->weights + parameter->first;
    parameter->tensor->slot = (ptrdiff_t) parameter->first;
    parameter->tensor->wants_gradient = true;
    fill (parameter, random, spread);
  }
  rebuild_ranges (self);
}

void
ph_parameters_set_frozen (PhParameters *self, const char *prefix, bool frozen)
{
  for (size_t i = 0; i < self->parameters->len; i++) {
    PhParameter *parameter = parameter_at (self, i);

    if (g_str_has_prefix (parameter->name, prefix)) {
      parameter->frozen = frozen;
      parameter->tensor->wants_gradient = !frozen;
    }
  }
  rebuild_ranges (self);
}

const PhParameter *
ph_parameters_find (const PhParameters *self, const char *name)
{
  for (size_t i = 0; i < self->parameters->len; i++)
    if (g_str_equal (parameter_at (self, i)->name, name))
      return parameter_at (self, i);
  return NULL;
}

size_t
ph_parameters_get_n_values (const PhParameters *self)
{
  return self->n_values;
}

PhAdamw
ph_parameters_get_adamw (PhParameters *self, float *gradients)
{
  return (PhAdamw){
    .weights = self->weights,
    .gradients = gradients,
    .first_moments = self->first_moments,
    .second_moments = self->second_moments,
    .ranges = (const PhAdamwRange *) self->ranges->data,
    .n_ranges = self->ranges->len,
  };
}

/* --- files --- */

static bool
same_shape (const PhStoredTensor *stored, const PhTensor *tensor)
{
  return stored->n_dims == tensor->n_dims &&
         memcmp (stored->dims, tensor->dims, (size_t) stored->n_dims * sizeof (size_t)) ==
             0;
}

/* Copies the tensor called @name, widened, to @values. */
static bool
copy_stored (const PhSafetensors *file,
             const char *name,
             const PhTensor *shape,
             float *values,
             GError **error)
{
  const PhStoredTensor *stored = ph_safetensors_find (file, name);
  PhTensor tensor = *shape;

  if (stored == NULL)
    return ph_fail (error, PH_ERROR_FORMAT, "%s is not there", name);
  if (!same_shape (stored, shape)) {
    g_autofree char *found = ph_shape_text (stored->n_dims, stored->dims);
    g_autofree char *wanted = ph_shape_text (shape->n_dims, shape->dims);

    return ph_fail (error, PH_ERROR_FORMAT, "%s is %s, not %s", name, found, wanted);
  }
  if (!g_str_equal (stored->type, "F32") && !g_str_equal (stored->type, "F16"))
    return ph_fail (error, PH_ERROR_FORMAT, "%s is %s, not F32 or F16", name,
                    stored->type);

  tensor.type = g_str_equal (stored->type, "F32") ? PH_F32 : PH_F16;
  if (tensor.type == PH_F32) {
    memcpy (values, stored->data, stored->n_bytes);
  } else {
    for (size_t i = 0; i < ph_n_elements (shape); i++) {
      _Float16 half;

      memcpy (&half, stored->data + i * sizeof half, sizeof half);
      values[i] = (float) half;
    }
  }
  return true;
}

static bool
load_moments (PhParameters *self,
              const PhSafetensors *file,
              const PhParameter *parameter,
              GError **error)
{
  g_autofree char *first = g_strconcat (parameter->name, ".first_moment", NULL);
  g_autofree char *second = g_strconcat (parameter->name, ".second_moment", NULL);

  return copy_stored (file, first, parameter->tensor,
                      self->first_moments + parameter->first, error) &&
         copy_stored (file, second, parameter->tensor,
                      self->second_moments + parameter->first, error);
}

bool
ph_parameters_load (PhParameters *self,
                    const char *path,
                    const char *prefix,
                    bool moments,
                    GError **error)
{
  g_autoptr (PhSafetensors) file = ph_safetensors_open (path, error);

  if (file == NULL)
    return false;

  for (size_t i = 0; i < self->parameters->len; i++) {
    PhParameter *parameter = parameter_at (self, i);

    if (!g_str_has_prefix (parameter->name, prefix))
      continue;
    if (!copy_stored (file, parameter->name, parameter->tensor, parameter->tensor->data,
                      error) ||
        (moments && !load_moments (self, file, parameter, error))) {
      g_prefix_error (error, "%s: ", path);
      return false;
    }
  }
  return true;
}

bool
ph_parameters_load_repeated (PhParameters *self,
                             const char *path,
                             const char *name,
                             PhRandom *random,
                             float noise,
                             GError **error)
{
  g_autoptr (PhSafetensors) file = ph_safetensors_open (path, error);
  const PhStoredTensor *stored = file != NULL ? ph_safetensors_find (file, name) : NULL;
  const PhParameter *parameter = ph_parameters_find (self, name);
  PhTensor fewer = *parameter->tensor;
  size_t n_stored;
  double squares = 0;

  if (file == NULL)
    return false;
  if (stored == NULL || stored->n_dims != 3 || stored->dims[1] == 0 ||
      fewer.dims[1] % stored->dims[1] != 0)
    return ph_fail (error, PH_ERROR_FORMAT, "%s: %s has not a divisor of %zu rows", path,
                    name, fewer.dims[1]);

  fewer.dims[1] = stored->dims[1];
  n_stored = ph_n_elements (&fewer);
  if (!copy_stored (file, name, &fewer, fewer.data, error)) {
    g_prefix_error (error, "%s: ", path);
    return false;
  }
  for (size_t i = 0; i < n_stored; i++)
    squares += (double) fewer.data[i] * fewer.data[i] / (double) n_stored;
  for (size_t i = n_stored; i < parameter->n; i++)
    fewer.data[i] = fewer.data[i % n_stored] +
                    noise * (float) (sqrt (squares) * ph_random_normal (random));
  return true;
}

static PhTensorToWrite
to_write (const char *name, const PhTensor *shape, const float *values, PhOnDisk type)
{
  PhTensorToWrite tensor = {
    .name = name, .type = type, .n_dims = shape->n_dims, .data = values
  };

  memcpy (tensor.dims, shape->dims, (size_t) shape->n_dims * sizeof *shape->dims);
  return tensor;
}

static void
append_tensor (GArray *tensors,
               GPtrArray *names,
               char *name,
               const PhTensor *shape,
               const float *values,
               PhOnDisk type)
{
  PhTensorToWrite tensor = to_write (name, shape, values, type);

  g_ptr_array_add (names, name);
  g_array_append_val (tensors, tensor);
}

bool
ph_parameters_save (PhParameters *self,
                    const char *path,
                    PhSave how,
                    bool of_training,
                    GError **error)
{
  g_autoptr (GArray) tensors = g_array_new (FALSE, FALSE, sizeof (PhTensorToWrite));
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  PhOnDisk type = how == PH_SAVE_F16 ? PH_ON_DISK_F16 : PH_ON_DISK_F32;

  for (size_t i = 0; i < self->parameters->len; i++) {
    const PhParameter *p = parameter_at (self, i);

    if (how != PH_SAVE_MOMENTS && g_str_has_prefix (p->name, OF_TRAINING) != of_training)
      continue;
    append_tensor (tensors, names, g_strdup (p->name), p->tensor, p->tensor->data, type);
    if (how != PH_SAVE_MOMENTS)
      continue;
    append_tensor (tensors, names, g_strconcat (p->name, ".first_moment", NULL),
                   p->tensor, self->first_moments + p->first, type);
    append_tensor (tensors, names, g_strconcat (p->name, ".second_moment", NULL),
                   p->tensor, self->second_moments + p->first, type);
  }
  return ph_safetensors_write (path, (const PhTensorToWrite *) tensors->data,
                               tensors->len, error);
}

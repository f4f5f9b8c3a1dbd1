/* rows.h - the bodies of kernels.h, included by one file a level
 *
 * Written so that the compiler's vectoriser takes them: no branch in a loop, and
 * reductions over LANES running values.  The including file defines TABLE and NAME.
 */
#include "core/tensor/kernels/kernels.h"

#include <math.h>
#include <string.h>
#ifdef __F16C__
#include <immintrin.h>
#endif

#define LANES 32

static inline float
bits_to_float (uint32_t bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

/* exp for x <= 88: 2^k e^r with |r| <= ln 2 / 2, e^r by its series to the seventh power
 * (relative error 2e-8), k rounded by adding 1.5 × 2^23. */
static inline float
fast_exp (float x)
{
  const float magic = 12582912.0f;
  float clamped = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  float shifted = clamped * 1.44269504f + magic;
  float k = shifted - magic;
  float r = clamped - k * 0.693359375f + k * 2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  uint32_t bits;

  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  memcpy (&bits, &shifted, sizeof bits);
  bits = (bits - 0x4b400000u + 127u) << 23;
  p *= bits_to_float (bits);
  return x < -87.0f ? 0.0f : p;
}

/* Abramowitz and Stegun 7.1.26: absolute error at most 1.5e-7. @e is exp (-x²). */
static inline float
fast_erf (float x, float e)
{
  float a = fabsf (x);
  float t = 1.0f / (1.0f + 0.3275911f * a);
  float p = 1.061405429f;

  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  return copysignf (1.0f - p * t * e, x);
}

static inline float
widen_half (uint16_t h)
{
#ifdef __F16C__
  return _cvtsh_ss (h);
#else
  /* Denormals by an integer product: as floats they would be flushed to zero. */
  uint32_t exponent = h & 0x7c00;
  uint32_t rebias = exponent == 0x7c00 ? 224u << 23 : 112u << 23;
  float normal = bits_to_float (((uint32_t) (h & 0x7fff) << 13) + rebias);
  float magnitude = exponent == 0 ? (float) (h & 0x3ff) * 0x1p-24f : normal;

  return h & 0x8000 ? -magnitude : magnitude;
#endif
}

static inline float
add_lanes (const float *lanes)
{
  float total = 0;

  for (size_t i = 0; i < LANES; i++)
    total += lanes[i];
  return total;
}

static float
dot (const float *a, const float *b, size_t n)
{
  float lanes[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lanes[j] += a[i + j] * b[i + j];
  for (; i < n; i++)
    lanes[0] += a[i] * b[i];
  return add_lanes (lanes);
}

static void
widen_f16 (float *y, const uint16_t *x, size_t n)
{
  size_t i = 0;

#ifdef __F16C__
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps (y + i,
                      _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (x + i))));
#endif
  for (; i < n; i++)
    y[i] = widen_half (x[i]);
}

static void
widen_bf16 (float *y, const uint16_t *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = bits_to_float ((uint32_t) x[i] << 16);
}

/* --- one row of weights against several rows of x --- */

#if defined __AVX512F__
#define VECTOR 16
#elif defined __AVX2__
#define VECTOR 8
#else
#define VECTOR 4
#endif

typedef float Floats __attribute__ ((vector_size (4 * VECTOR)));
typedef uint32_t Words __attribute__ ((vector_size (4 * VECTOR)));
typedef uint16_t Halves __attribute__ ((vector_size (2 * VECTOR)));

/* How far ahead the weights are asked for: a core that computes does not keep the memory
 * busy by itself. */
#define PREFETCH_BYTES 2048

#define INLINE inline __attribute__ ((always_inline))

/* VECTOR weights of a row from the i-th on; and one. */
typedef Floats (*Widen) (const void *row, size_t i);
typedef float (*WidenOne) (const void *row, size_t i);

static INLINE Floats
floats_f32 (const void *row, size_t i)
{
  Floats values;

  memcpy (&values, (const float *) row + i, sizeof values);
  return values;
}

static INLINE float
one_f32 (const void *row, size_t i)
{
  return ((const float *) row)[i];
}

static INLINE Floats
floats_bf16 (const void *row, size_t i)
{
  Halves halves;

  memcpy (&halves, (const uint16_t *) row + i, sizeof halves);
  return (Floats) (__builtin_convertvector(halves, Words) << 16);
}

static INLINE float
one_bf16 (const void *row, size_t i)
{
  return bits_to_float ((uint32_t) ((const uint16_t *) row)[i] << 16);
}

static INLINE Floats
floats_f16 (const void *row, size_t i)
{
  const uint16_t *halves = (const uint16_t *) row + i;

#if VECTOR == 16
  return (Floats) _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) halves));
#elif VECTOR == 8
  return (Floats) _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) halves));
#else
  return (Floats){ widen_half (halves[0]), widen_half (halves[1]), widen_half (halves[2]),
                   widen_half (halves[3]) };
#endif
}

static INLINE float
one_f16 (const void *row, size_t i)
{
  return widen_half (((const uint16_t *) row)[i]);
}

static INLINE float
add_vector (Floats values)
{
  float total = 0;

  for (size_t i = 0; i < VECTOR; i++)
    total += values[i];
  return total;
}

/* For @n_rows, which is constant where this is inlined, so that all sums stay in
 * registers: n_rows × n_vectors of them hide how long a product takes. */
static INLINE void
dot_rows (float *y,
          size_t y_stride,
          const void *w,
          size_t n_weight_bytes,
          Widen widen,
          WidenOne widen_one,
          const float *x,
          const size_t n_rows,
          size_t n)
{
  const size_t n_vectors = n_rows == 1 ? 4 : n_rows <= 4 ? 2 : 1;
  Floats sums[8][4] = { 0 };
  size_t i = 0;

  for (; i + n_vectors * VECTOR <= n; i += n_vectors * VECTOR) {
    for (size_t at = 0; at < n_vectors * VECTOR * n_weight_bytes; at += 64)
      __builtin_prefetch ((const char *) w + i * n_weight_bytes + PREFETCH_BYTES + at);
#pragma GCC unroll 4
    for (size_t v = 0; v < n_vectors; v++) {
      Floats weights = widen (w, i + v * VECTOR);

#pragma GCC unroll 8
      for (size_t r = 0; r < n_rows; r++)
        sums[r][v] += weights * floats_f32 (x + r * n, i + v * VECTOR);
    }
  }
  for (size_t r = 0; r < n_rows; r++) {
    float total = add_vector ((sums[r][0] + sums[r][1]) + (sums[r][2] + sums[r][3]));

    for (size_t j = i; j < n; j++)
      total += widen_one (w, j) * x[r * n + j];
    y[r * y_stride] = total;
  }
}

/* Eight rows of x at a time: more sums would not stay in the registers of AVX2, and the
 * row of weights is in the cache when the next eight come. */
static INLINE void
dots (float *y,
      size_t y_stride,
      const void *w,
      size_t n_weight_bytes,
      Widen widen,
      WidenOne widen_one,
      const float *x,
      size_t n_rows,
      size_t n)
{
#define ROWS(k)                                                                          \
  case k:                                                                                \
    dot_rows (y, y_stride, w, n_weight_bytes, widen, widen_one, x, k, n);                \
    break

  for (size_t done = 0; done < n_rows; done += 8, x += 8 * n, y += 8 * y_stride)
    switch (n_rows - done) {
      ROWS (1);
      ROWS (2);
      ROWS (3);
      ROWS (4);
      ROWS (5);
      ROWS (6);
      ROWS (7);
    default:
      dot_rows (y, y_stride, w, n_weight_bytes, widen, widen_one, x, 8, n);
    }
#undef ROWS
}

static void
dots_f32 (float *y, size_t stride, const void *w, const float *x, size_t n_rows, size_t n)
{
  dots (y, stride, w, 4, floats_f32, one_f32, x, n_rows, n);
}

static void
dots_f16 (float *y, size_t stride, const void *w, const float *x, size_t n_rows, size_t n)
{
  dots (y, stride, w, 2, floats_f16, one_f16, x, n_rows, n);
}

static void
dots_bf16 (float *y,
           size_t stride,
           const void *w,
           const float *x,
           size_t n_rows,
           size_t n)
{
  dots (y, stride, w, 2, floats_bf16, one_bf16, x, n_rows, n);
}

static float
sum (const float *x, size_t n)
{
  float lanes[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lanes[j] += x[i + j];
  for (; i < n; i++)
    lanes[0] += x[i];
  return add_lanes (lanes);
}

static float
variance (const float *x, float mean, size_t n)
{
  float lanes[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lanes[j] += (x[i + j] - mean) * (x[i + j] - mean);
  for (; i < n; i++)
    lanes[0] += (x[i] - mean) * (x[i] - mean);
  return add_lanes (lanes) / (float) n;
}

static float
max (const float *x, size_t n)
{
  float lanes[LANES];
  float peak = -INFINITY;
  size_t i = 0;

  for (size_t j = 0; j < LANES; j++)
    lanes[j] = -INFINITY;
  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  for (; i < n; i++)
    peak = x[i] > peak ? x[i] : peak;
  for (size_t j = 0; j < LANES; j++)
    peak = lanes[j] > peak ? lanes[j] : peak;
  return peak;
}

static void
add_scaled (float *y, const float *x, float a, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] += a * x[i];
}

static float
sum_exp (const float *x, float shift, size_t n)
{
  float lanes[LANES] = { 0 };
  size_t i = 0;

  for (; i + LANES <= n; i += LANES)
    for (size_t j = 0; j < LANES; j++)
      lanes[j] += fast_exp (x[i + j] - shift);
  for (; i < n; i++)
    lanes[0] += fast_exp (x[i] - shift);
  return add_lanes (lanes);
}

static void
softmax (float *x, size_t n)
{
  float peak = max (x, n);
  float total;

  if (peak == -INFINITY) {
    memset (x, 0, n * sizeof *x);
    return;
  }
  for (size_t i = 0; i < n; i++)
    x[i] = fast_exp (x[i] - peak);
  total = 1.0f / sum (x, n);
  for (size_t i = 0; i < n; i++)
    x[i] *= total;
}

/* Φ (x), the normal distribution.  @e is exp (-x²/2). */
static inline float
normal (float x, float e)
{
  return 0.5f * (1.0f + fast_erf (x * 0.70710678f, e));
}

static void
gelu (float *y, const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] * normal (x[i], fast_exp (-0.5f * x[i] * x[i]));
}

static void
gelu_backward (float *dx, const float *dy, const float *x, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    float e = fast_exp (-0.5f * x[i] * x[i]);

    dx[i] += dy[i] * (normal (x[i], e) + x[i] * 0.39894228f * e);
  }
}

static void
gelu_multiply (float *y, const float *gate, const float *up, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = gate[i] * normal (gate[i], fast_exp (-0.5f * gate[i] * gate[i])) * up[i];
}

static void
gelu_multiply_backward (float *dgate,
                        float *dup,
                        const float *dy,
                        const float *gate,
                        const float *up,
                        size_t n)
{
  for (size_t i = 0; i < n; i++) {
    float e = fast_exp (-0.5f * gate[i] * gate[i]);
    float phi = normal (gate[i], e);

    dup[i] += dy[i] * gate[i] * phi;
    dgate[i] += dy[i] * up[i] * (phi + gate[i] * 0.39894228f * e);
  }
}

static void
silu_multiply (float *y, const float *gate, const float *up, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = gate[i] / (1.0f + fast_exp (-gate[i])) * up[i];
}

static void
silu_multiply_backward (float *dgate,
                        float *dup,
                        const float *dy,
                        const float *gate,
                        const float *up,
                        size_t n)
{
  for (size_t i = 0; i < n; i++) {
    float s = 1.0f / (1.0f + fast_exp (-gate[i]));

    dup[i] += dy[i] * gate[i] * s;
    dgate[i] += dy[i] * up[i] * s * (1.0f + gate[i] * (1.0f - s));
  }
}

static void
adamw (float *w, float *m, float *v, const float *g, size_t n, const float k[7])
{
  const float b1 = k[PH_ADAMW_BETA1], b2 = k[PH_ADAMW_BETA2];

  for (size_t i = 0; i < n; i++) {
    float gi = g[i] * k[PH_ADAMW_CLIP];

    m[i] = b1 * m[i] + (1.0f - b1) * gi;
    v[i] = b2 * v[i] + (1.0f - b2) * gi * gi;
    w[i] =
        w[i] * k[PH_ADAMW_DECAY] - k[PH_ADAMW_RATE] * m[i] * k[PH_ADAMW_CORRECTION1] /
                                       (sqrtf (v[i] * k[PH_ADAMW_CORRECTION2]) + 1e-8f);
  }
}

const PhKernels TABLE = {
  .name = NAME,
  .dot = dot,
  .dots = { [PH_F32] = dots_f32, [PH_F16] = dots_f16, [PH_BF16] = dots_bf16 },
  .sum = sum,
  .variance = variance,
  .add_scaled = add_scaled,
  .widen_f16 = widen_f16,
  .widen_bf16 = widen_bf16,
  .softmax = softmax,
  .sum_exp = sum_exp,
  .max = max,
  .gelu = gelu,
  .gelu_backward = gelu_backward,
  .gelu_multiply = gelu_multiply,
  .gelu_multiply_backward = gelu_multiply_backward,
  .silu_multiply = silu_multiply,
  .silu_multiply_backward = silu_multiply_backward,
  .adamw = adamw,
};

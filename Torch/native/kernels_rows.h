// The row-wise parts of a DiT block and the optimizer's loops.
#pragma once

namespace {

// Calls body(offset, count) for whole vectors and then for the rest; count == kLanes but for the last call.
template <typename Body>
inline void each(int64_t n, Body&& body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, static_cast<int64_t>(kLanes));
  if (i < n) body(i, n - i);
}

inline Vec get(const float* p, int64_t count) { return count == kLanes ? load(p) : load_some(p, count); }

inline void put(float* p, Vec v, int64_t count) {
  if (count == kLanes) store(p, v);
  else store_some(p, v, count);
}

void norm_modulate(const float* x, const float* shift, int64_t shift_stride, const float* scale, int64_t scale_stride, float* out, float* mean,
                   float* rstd, int64_t tokens, int64_t width, float eps, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float *from = x + row * width, *add = shift + row / tokens * shift_stride, *times = scale + row / tokens * scale_stride;
    Vec total{}, squares{};
    each(width, [&](int64_t i, int64_t n) { total += get(from + i, n); });
    const float center = sum(total) / width;
    each(width, [&](int64_t i, int64_t n) {
      Vec d = get(from + i, n) - center;
      if (n < kLanes) for (int64_t j = n; j < kLanes; ++j) d[j] = 0;
      squares += d * d;
    });
    const float inverse = 1 / __builtin_sqrtf(sum(squares) / width + eps);
    mean[row] = center;
    rstd[row] = inverse;
    float* to = out + row * width;
    each(width, [&](int64_t i, int64_t n) { put(to + i, (get(from + i, n) - center) * inverse * (get(times + i, n) + 1.0f) + get(add + i, n), n); });
  }
}

// With h = (x - mean) rstd and q = g (1 + scale): dx = rstd (q - mean(q) - h mean(q h)), dshift = sum of g, dscale = sum of g h.
void norm_modulate_backward(const float* x, const float* scale, int64_t scale_stride, const float* mean, const float* rstd, const float* grad,
                            float* grad_x, float* grad_shift, float* grad_scale, int64_t tokens, int64_t width, int64_t begin, int64_t end) {
  for (int64_t image = begin; image < end; ++image) {
    const float* times = scale + image * scale_stride;
    float *shift_sum = grad_shift + image * width, *scale_sum = grad_scale + image * width;
    for (int64_t i = 0; i < width; ++i) shift_sum[i] = scale_sum[i] = 0;
    for (int64_t row = image * tokens; row < (image + 1) * tokens; ++row) {
      const float *from = x + row * width, *g = grad + row * width;
      const float center = mean[row], inverse = rstd[row];
      Vec q_sum{}, qh_sum{};
      each(width, [&](int64_t i, int64_t n) {
        const Vec gi = get(g + i, n), h = (get(from + i, n) - center) * inverse, q = gi * (get(times + i, n) + 1.0f);
        q_sum += q;
        qh_sum += q * h;
        put(shift_sum + i, get(shift_sum + i, n) + gi, n);
        put(scale_sum + i, get(scale_sum + i, n) + gi * h, n);
      });
      const float q_mean = sum(q_sum) / width, qh_mean = sum(qh_sum) / width;
      float* to = grad_x + row * width;
      each(width, [&](int64_t i, int64_t n) {
        const Vec h = (get(from + i, n) - center) * inverse, q = get(g + i, n) * (get(times + i, n) + 1.0f);
        put(to + i, (q - q_mean - h * qh_mean) * inverse, n);
      });
    }
  }
}

void gated_residual(const float* x, const float* gate, int64_t gate_stride, const float* y, float* out, int64_t tokens, int64_t width,
                    int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* g = gate + row / tokens * gate_stride;
    const int64_t at = row * width;
    each(width, [&](int64_t i, int64_t n) { put(out + at + i, get(x + at + i, n) + get(g + i, n) * get(y + at + i, n), n); });
  }
}

void gated_residual_backward(const float* gate, int64_t gate_stride, const float* y, const float* grad, float* grad_gate, float* grad_y,
                             int64_t tokens, int64_t width, int64_t begin, int64_t end) {
  for (int64_t image = begin; image < end; ++image) {
    const float* factor = gate + image * gate_stride;
    float* total = grad_gate + image * width;
    for (int64_t i = 0; i < width; ++i) total[i] = 0;
    for (int64_t row = image * tokens; row < (image + 1) * tokens; ++row) {
      const int64_t at = row * width;
      each(width, [&](int64_t i, int64_t n) {
        const Vec g = get(grad + at + i, n);
        put(total + i, get(total + i, n) + g * get(y + at + i, n), n);
        put(grad_y + at + i, g * get(factor + i, n), n);
      });
    }
  }
}

// GELU(u) = u s with s = logistic(2 k (u + c u^3)), the tanh form written with the logistic function.
constexpr float kGelu = 0.7978845608028654f, kCubic = 0.044715f;

// Beyond 60 the gate would be a denormal number, on which CPUs are a hundred times slower; 1e-26 is as good as zero.
inline Vec gelu_gate(Vec u) { return 1.0f / (exponential(smaller(u * (u * u * kCubic + 1.0f) * (-2 * kGelu), all(60.0f))) + 1.0f); }

void bias_gelu(float* x, const float* bias, float* out, int64_t width, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row)
    each(width, [&](int64_t i, int64_t n) {
      Vec u = get(x + row * width + i, n);
      if (bias != nullptr) {
        u += get(bias + i, n);
        put(x + row * width + i, u, n);
      }
      put(out + row * width + i, u * gelu_gate(u), n);
    });
}

void bias_gelu_backward(const float* u, const float* grad, float* grad_u, float* grad_bias, int64_t width, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row)
    each(width, [&](int64_t i, int64_t n) {
      const Vec at = get(u + row * width + i, n), s = gelu_gate(at);
      const Vec slope = s + at * s * (1.0f - s) * (at * at * (3 * kCubic) + 1.0f) * (2 * kGelu);
      const Vec g = get(grad + row * width + i, n) * slope;
      put(grad_u + row * width + i, g, n);
      if (grad_bias != nullptr) put(grad_bias + i, get(grad_bias + i, n) + g, n);
    });
}

inline Vec root(Vec v) {
  for (int i = 0; i < kLanes; ++i) v[i] = __builtin_sqrtf(v[i]);
  return v;
}

// The order of operations is that of torch.optim.AdamW.
void adamw(AdamW o, float* parameter, const float* grad, float* exp_avg, float* exp_avg_sq, int64_t begin, int64_t end) {
  each(end - begin, [&](int64_t i, int64_t n) {
    i += begin;
    const Vec g = get(grad + i, n);
    const Vec m = get(exp_avg + i, n) * o.beta1 + g * o.rest1;
    const Vec v = get(exp_avg_sq + i, n) * o.beta2 + g * g * o.rest2;
    put(exp_avg + i, m, n);
    put(exp_avg_sq + i, v, n);
    put(parameter + i, get(parameter + i, n) * o.keep - m / (root(v) / o.root_correction2 + o.eps) * o.step_size, n);
  });
}

void blend(float* average, const float* value, float decay, float rest, int64_t begin, int64_t end) {
  each(end - begin, [&](int64_t i, int64_t n) {
    i += begin;
    put(average + i, get(average + i, n) * decay + get(value + i, n) * rest, n);
  });
}

// Eight running sums, so that one addition does not wait for the one before.
double sum_of_squares(const float* x, int64_t begin, int64_t end) {
  typedef double Doubles __attribute__((vector_size(64)));
  typedef float Floats __attribute__((vector_size(32), aligned(4), may_alias));
  Doubles sums{};
  int64_t i = begin;
  for (; i + 8 <= end; i += 8) {
    const Doubles v = __builtin_convertvector(*reinterpret_cast<const Floats*>(x + i), Doubles);
    sums += v * v;
  }
  double total = 0;
  for (int j = 0; j < 8; ++j) total += sums[j];
  for (; i < end; ++i) total += static_cast<double>(x[i]) * x[i];
  return total;
}

}  // namespace

// Attention over the heads of packed projections, one (image, head) pair at a time. Rows of scores are computed for a block of queries,
// never for all of them, so they stay in the cache; the backward pass computes them again from the saved row sums.
#pragma once

namespace {

constexpr int64_t kQueryBlock = 32;  // 24 to 48 measured best

struct HeadView {
  const float *q, *k, *v;
  int64_t row;  // distance between tokens in qkv
};

inline HeadView head_of(AttentionShape s, const float* qkv, int64_t pair) {
  const int64_t width = s.heads * s.width, image = pair / s.heads, head = pair % s.heads;
  const float* q = qkv + image * s.tokens * 3 * width + head * s.width;
  return {q, q + width, q + 2 * width, 3 * width};
}

// [tokens, width] -> [width, padded tokens], times factor; the padding is zero.
void transpose(const float* from, int64_t row, int64_t tokens, int64_t width, float factor, float* to) {
  const int64_t padded = round_up(tokens);
  for (int64_t c = 0; c < width; ++c)
    for (int64_t t = tokens; t < padded; ++t) to[c * padded + t] = 0;
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < width; ++c) to[c * padded + t] = from[t * row + c] * factor;
}

// [tokens, width] -> [tokens, padded width]; the padding is zero.
void pack(const float* from, int64_t row, int64_t tokens, int64_t width, float* to) {
  const int64_t padded = round_up(width);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < padded; ++c) to[t * padded + c] = c < width ? from[t * row + c] : 0;
}

// Replaces a row of scores by exp(score - its largest), gives their sum and the largest; the padding becomes zero.
inline float softmax_row(float* row, int64_t tokens, float* most) {
  const int64_t whole = tokens / kLanes * kLanes, rest = tokens - whole;
  Vec top = all(-3.4e38f);
  for (int64_t t = 0; t < whole; t += kLanes) top = larger(top, load(row + t));
  float peak = largest(top);
  for (int64_t t = whole; t < tokens; ++t) peak = peak > row[t] ? peak : row[t];
  Vec total{};
  for (int64_t t = 0; t < whole; t += kLanes) {
    const Vec e = exponential(load(row + t) - peak);
    store(row + t, e);
    total += e;
  }
  if (rest > 0) {
    const Vec e = exponential(load(row + whole) - peak);
    store(row + whole, Vec{});
    store_some(row + whole, e, rest);
    for (int64_t i = 0; i < rest; ++i) total[i] += e[i];
  }
  *most = peak;
  return sum(total);
}

int64_t attention_scratch(AttentionShape s) {
  const int64_t tokens = round_up(s.tokens), width = round_up(s.width);
  return 2 * s.width * tokens + 5 * s.tokens * width + 2 * kQueryBlock * tokens + kQueryBlock * width + 8 * kLanes;
}

void attention_forward(AttentionShape s, const float* qkv, float* out, float* lse, float* scratch, int64_t begin, int64_t end) {
  const int64_t tokens = round_up(s.tokens), width = round_up(s.width), out_row = s.heads * s.width;
  const float scale = 1 / __builtin_sqrtf(static_cast<float>(s.width));
  float *keys = scratch, *values = keys + s.width * tokens, *scores = values + s.tokens * width, *mixed = scores + kQueryBlock * tokens;
  for (int64_t pair = begin; pair < end; ++pair) {
    const HeadView head = head_of(s, qkv, pair);
    float* to = out + pair / s.heads * s.tokens * out_row + pair % s.heads * s.width;
    transpose(head.k, head.row, s.tokens, s.width, scale, keys);
    pack(head.v, head.row, s.tokens, s.width, values);
    for (int64_t first = 0; first < s.tokens; first += kQueryBlock) {
      const int64_t rows = s.tokens - first < kQueryBlock ? s.tokens - first : kQueryBlock;
      multiply(head.q + first * head.row, head.row, 1, keys, tokens, scores, tokens, rows, tokens, s.width, false);
      float inverse[kQueryBlock];
      for (int64_t i = 0; i < rows; ++i) {
        float most;
        const float total = softmax_row(scores + i * tokens, s.tokens, &most);
        inverse[i] = 1 / total;
        lse[pair * s.tokens + first + i] = most + __builtin_logf(total);
      }
      multiply(scores, tokens, 1, values, width, mixed, width, rows, width, s.tokens, false);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t c = 0; c < s.width; ++c) to[(first + i) * out_row + c] = mixed[i * width + c] * inverse[i];
    }
  }
}

// With P the weights and g the gradient of the output O: dV = P^T g, dP = g V^T, dS = P (dP - sum(g O)) scale, dQ = dS K, dK = dS^T Q.
void attention_backward(AttentionShape s, const float* qkv, const float* out, const float* lse, const float* grad, float* grad_qkv,
                        float* scratch, int64_t begin, int64_t end) {
  const int64_t tokens = round_up(s.tokens), width = round_up(s.width), out_row = s.heads * s.width;
  const float scale = 1 / __builtin_sqrtf(static_cast<float>(s.width));
  float *keys_t = scratch, *values_t = keys_t + s.width * tokens, *keys = values_t + s.width * tokens, *queries = keys + s.tokens * width,
        *grads = queries + s.tokens * width, *grad_k = grads + s.tokens * width, *grad_v = grad_k + s.tokens * width,
        *weights = grad_v + s.tokens * width, *grad_scores = weights + kQueryBlock * tokens, *grad_q = grad_scores + kQueryBlock * tokens;
  for (int64_t pair = begin; pair < end; ++pair) {
    const HeadView head = head_of(s, qkv, pair);
    const int64_t place = pair / s.heads * s.tokens * out_row + pair % s.heads * s.width;
    const float *from = out + place, *g = grad + place;
    float* to = const_cast<float*>(head_of(s, grad_qkv, pair).q);
    transpose(head.k, head.row, s.tokens, s.width, scale, keys_t);
    transpose(head.v, head.row, s.tokens, s.width, 1, values_t);
    pack(head.k, head.row, s.tokens, s.width, keys);
    pack(head.q, head.row, s.tokens, s.width, queries);
    pack(g, out_row, s.tokens, s.width, grads);
    for (int64_t first = 0; first < s.tokens; first += kQueryBlock) {
      const int64_t rows = s.tokens - first < kQueryBlock ? s.tokens - first : kQueryBlock;
      multiply(queries + first * width, width, 1, keys_t, tokens, weights, tokens, rows, tokens, s.width, false);
      multiply(grads + first * width, width, 1, values_t, tokens, grad_scores, tokens, rows, tokens, s.width, false);
      for (int64_t i = 0; i < rows; ++i) {
        const float shift = lse[pair * s.tokens + first + i];
        float delta = 0;
        for (int64_t c = 0; c < s.width; ++c) delta += g[(first + i) * out_row + c] * from[(first + i) * out_row + c];
        float *w = weights + i * tokens, *d = grad_scores + i * tokens;
        for (int64_t t = 0; t < tokens; t += kLanes) {
          const Vec p = exponential(load(w + t) - shift);
          store(w + t, p);
          store(d + t, p * (load(d + t) - delta) * scale);
        }
      }
      multiply(grad_scores, tokens, 1, keys, width, grad_q, width, rows, width, s.tokens, false);
      multiply(weights, 1, tokens, grads + first * width, width, grad_v, width, s.tokens, width, rows, first > 0);
      multiply(grad_scores, 1, tokens, queries + first * width, width, grad_k, width, s.tokens, width, rows, first > 0);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t c = 0; c < s.width; ++c) to[(first + i) * head.row + c] = grad_q[i * width + c];
    }
    for (int64_t t = 0; t < s.tokens; ++t)
      for (int64_t c = 0; c < s.width; ++c) {
        to[t * head.row + out_row + c] = grad_k[t * width + c];
        to[t * head.row + 2 * out_row + c] = grad_v[t * width + c];
      }
  }
}

}  // namespace

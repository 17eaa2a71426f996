// A whole DiT block without gradients. Tokens are the vectors' lanes: everything is [features, tokens], so that weights are read as they lie
// and nothing but the block's own input and output is ever transposed. Work is divided by tokens; a token's numbers depend on neither
// the division nor the batch.
#pragma once

namespace {

constexpr int64_t kTokens = 32;  // of one piece of work
constexpr int64_t kDepth = 256;  // of one pass over the weights: what two rows of tiles read stays in the first-level cache

inline int64_t pieces_of(BlockShape s) { return (s.tokens + kTokens - 1) / kTokens; }

// Rows of the weights that the next tile will read: they are far apart and short, which the CPU's own prefetching does not see through.
inline void fetch(const float* weight, int64_t row, int64_t rows, int64_t depth) {
  for (int64_t m = 0; m < rows; ++m)
    for (int64_t k = 0; k < depth; k += 16) __builtin_prefetch(weight + m * row + k);
}

// out [columns, lanes] = weight [columns, depth] in [depth, lanes] + bias; lanes is a multiple of kLanes.
void project(const float* weight, const float* bias, const float* in, int64_t in_row, float* out, int64_t out_row, int64_t columns, int64_t depth,
             int64_t lanes) {
  for (int64_t n = 0; n < columns; ++n)
    for (int64_t t = 0; t < lanes; t += kLanes) store(out + n * out_row + t, all(bias[n]));
  for (int64_t k = 0; k < depth; k += kDepth) {
    const int64_t part = depth - k < kDepth ? depth - k : kDepth;
    for (int64_t n = 0; n < columns; n += kTileRows) {
      const int64_t rows = columns - n < kTileRows ? columns - n : kTileRows, after = columns - n - rows < kTileRows ? columns - n - rows : kTileRows;
      fetch(weight + (n + rows) * depth + k, depth, after, part);
      multiply(weight + n * depth + k, depth, 1, in + k * in_row, in_row, out + n * out_row, out_row, rows, lanes, part, true);
    }
  }
}

// [count, width] -> [width, lanes]; lanes beyond count become zero.
void to_lanes(const float* from, int64_t count, int64_t width, float* to, int64_t lanes) {
  for (int64_t t = 0; t < lanes; ++t)
    for (int64_t d = 0; d < width; ++d) to[d * lanes + t] = t < count ? from[t * width + d] : 0;
}

// [width, lanes] -> [count, width]
void from_lanes(const float* from, int64_t lanes, int64_t count, int64_t width, float* to) {
  for (int64_t t = 0; t < count; ++t)
    for (int64_t d = 0; d < width; ++d) to[t * width + d] = from[d * lanes + t];
}

// LayerNorm over the features, then x (1 + scale) + shift.
void norm_lanes(const float* x, const float* shift, const float* scale, float eps, float* out, int64_t width, int64_t lanes) {
  for (int64_t t = 0; t < lanes; t += kLanes) {
    Vec total{}, squares{};
    for (int64_t d = 0; d < width; ++d) total += load(x + d * lanes + t);
    const Vec center = total / static_cast<float>(width);
    for (int64_t d = 0; d < width; ++d) {
      const Vec away = load(x + d * lanes + t) - center;
      squares += away * away;
    }
    const Vec inverse = 1.0f / root(squares / static_cast<float>(width) + eps);
    for (int64_t d = 0; d < width; ++d)
      store(out + d * lanes + t, (load(x + d * lanes + t) - center) * inverse * (1.0f + scale[d]) + shift[d]);
  }
}

// x += gate * y
void add_gated(float* x, const float* gate, const float* y, int64_t width, int64_t lanes) {
  for (int64_t d = 0; d < width; ++d)
    for (int64_t t = 0; t < lanes; t += kLanes) store(x + d * lanes + t, load(x + d * lanes + t) + load(y + d * lanes + t) * gate[d]);
}

// One head for the queries of some lanes: q, k, v are [C, tokens] with rows apart by row; out is [C, lanes].
void attend(const float* q, const float* k, const float* v, int64_t row, int64_t tokens, int64_t width, int64_t lanes, float* scores, float* out) {
  const float scale = 1 / __builtin_sqrtf(static_cast<float>(width));
  multiply(k, 1, row, q, row, scores, lanes, tokens, lanes, width, false);
  Vec inverse[kTokens / kLanes];
  for (int64_t t = 0; t < lanes; t += kLanes) {
    Vec most = load(scores + t), total{};
    for (int64_t s = 1; s < tokens; ++s) most = larger(most, load(scores + s * lanes + t));
    for (int64_t s = 0; s < tokens; ++s) {
      const Vec e = exponential((load(scores + s * lanes + t) - most) * scale);
      store(scores + s * lanes + t, e);
      total += e;
    }
    inverse[t / kLanes] = 1.0f / total;
  }
  multiply(v, row, 1, scores, lanes, out, lanes, width, lanes, tokens, false);
  for (int64_t c = 0; c < width; ++c)
    for (int64_t t = 0; t < lanes; t += kLanes) store(out + c * lanes + t, load(out + c * lanes + t) * inverse[t / kLanes]);
}

struct Piece {
  int64_t image, first, count, lanes;  // count tokens from the first on, in so many lanes
};

inline Piece piece_of(BlockShape s, int64_t index) {
  const int64_t image = index / pieces_of(s), first = index % pieces_of(s) * kTokens;
  const int64_t count = s.tokens - first < kTokens ? s.tokens - first : kTokens;
  return {image, first, count, round_up(count)};
}

BlockScratch block_scratch(BlockShape s) {
  const int64_t width = s.heads * s.width, scores = s.tokens > s.inner ? s.tokens : s.inner;
  return {s.images * 7 * width, s.images * 3 * width * round_up(s.tokens), (3 * width + scores) * kTokens, s.images * pieces_of(s)};
}

void silu(const float* x, float* out, int64_t count) {
  each(count, [&](int64_t i, int64_t n) { put(out + i, get(x + i, n) / (exponential(-get(x + i, n)) + 1.0f), n); });
}

// The lanes are the depth here, so that the weights are read once from end to end.
void few_rows(const float* weight, const float* bias, const float* in, int64_t rows, int64_t depth, float* out, int64_t out_row, int64_t begin, int64_t end) {
  for (int64_t n = begin; n < end; ++n)
    for (int64_t row = 0; row < rows; ++row) {
      const float *a = weight + n * depth, *b = in + row * depth;
      Vec even{}, odd{};
      int64_t k = 0;
      for (; k + 2 * kLanes <= depth; k += 2 * kLanes) {
        even += load(a + k) * load(b + k);
        odd += load(a + k + kLanes) * load(b + k + kLanes);
      }
      each(depth - k, [&](int64_t i, int64_t count) { even += get(a + k + i, count) * get(b + k + i, count); });
      out[row * out_row + n] = sum(even + odd) + bias[n];
    }
}

void block_project(BlockShape s, const BlockWeights& w, const float* x, const float* modulation, float* qkv, float* scratch, int64_t begin, int64_t end) {
  const int64_t width = s.heads * s.width, tokens = round_up(s.tokens);
  float *from = scratch, *normed = scratch + width * kTokens;
  for (int64_t i = begin; i < end; ++i) {
    const Piece p = piece_of(s, i);
    const float* m = modulation + p.image * 6 * width;
    to_lanes(x + (p.image * s.tokens + p.first) * width, p.count, width, from, p.lanes);
    norm_lanes(from, m, m + width, s.eps, normed, width, p.lanes);
    project(w.qkv, w.qkv_bias, normed, p.lanes, qkv + p.image * 3 * width * tokens + p.first, tokens, 3 * width, width, p.lanes);
  }
}

void block_finish(BlockShape s, const BlockWeights& w, const float* x, const float* modulation, const float* qkv, float* out, float* scratch,
                  int64_t begin, int64_t end) {
  const int64_t width = s.heads * s.width, tokens = round_up(s.tokens);
  float *sum = scratch, *mixed = sum + width * kTokens, *part = mixed + width * kTokens, *inner = part + width * kTokens;
  for (int64_t i = begin; i < end; ++i) {
    const Piece p = piece_of(s, i);
    const float *m = modulation + p.image * 6 * width, *q = qkv + p.image * 3 * width * tokens;
    for (int64_t h = 0; h < s.heads; ++h) {
      const float* head = q + h * s.width * tokens;
      attend(head + p.first, head + width * tokens, head + 2 * width * tokens, tokens, s.tokens, s.width, p.lanes, inner, mixed + h * s.width * p.lanes);
    }
    to_lanes(x + (p.image * s.tokens + p.first) * width, p.count, width, sum, p.lanes);
    project(w.proj, w.proj_bias, mixed, p.lanes, part, p.lanes, width, width, p.lanes);
    add_gated(sum, m + 2 * width, part, width, p.lanes);
    norm_lanes(sum, m + 3 * width, m + 4 * width, s.eps, part, width, p.lanes);
    project(w.fc1, w.fc1_bias, part, p.lanes, inner, p.lanes, s.inner, width, p.lanes);
    for (int64_t j = 0; j < s.inner * p.lanes; j += kLanes) store(inner + j, load(inner + j) * gelu_gate(load(inner + j)));
    project(w.fc2, w.fc2_bias, inner, p.lanes, part, p.lanes, width, s.inner, p.lanes);
    add_gated(sum, m + 5 * width, part, width, p.lanes);
    from_lanes(sum, p.lanes, p.count, width, out + (p.image * s.tokens + p.first) * width);
  }
}

void final_project(BlockShape s, const float* weight, const float* bias, const float* x, const float* modulation, float* out, float* scratch, int64_t begin,
                   int64_t end) {
  const int64_t width = s.heads * s.width;
  float *from = scratch, *normed = from + width * kTokens, *projected = normed + width * kTokens;
  for (int64_t i = begin; i < end; ++i) {
    const Piece p = piece_of(s, i);
    const float* m = modulation + p.image * 2 * width;
    const int64_t first = p.image * s.tokens + p.first;
    to_lanes(x + first * width, p.count, width, from, p.lanes);
    norm_lanes(from, m, m + width, s.eps, normed, width, p.lanes);
    project(weight, bias, normed, p.lanes, projected, p.lanes, s.inner, width, p.lanes);
    from_lanes(projected, p.lanes, p.count, s.inner, out + first * s.inner);
  }
}

}  // namespace

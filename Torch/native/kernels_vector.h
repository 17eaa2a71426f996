// Vectors of kLanes floats and the few functions on them that the kernels need. Included by kernels_body.h only.
#pragma once

namespace {

typedef float Vec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef int32_t IntVec __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

inline Vec load(const float* p) { return *reinterpret_cast<const Vec*>(p); }
inline void store(float* p, Vec v) { *reinterpret_cast<Vec*>(p) = v; }
inline Vec all(float x) { return x - Vec{}; }  // 0 + x would be an addition: it turns -0 into 0
inline Vec larger(Vec a, Vec b) { return a > b ? a : b; }
inline Vec smaller(Vec a, Vec b) { return a < b ? a : b; }

inline float sum(Vec v) {
  float total = 0;
  for (int i = 0; i < kLanes; ++i) total += v[i];
  return total;
}

inline float largest(Vec v) {
  float most = v[0];
  for (int i = 1; i < kLanes; ++i) most = most > v[i] ? most : v[i];
  return most;
}

// exp(x) to 2e-7 relative: x = n ln 2 + r with |r| <= ln 2 / 2 (ln 2 in two parts, so that r is exact), a polynomial for exp(r) (the
// minimax coefficients of the Cephes library), and n added to the exponent. Below -87 the result is 0 or the smallest normal number.
inline Vec exponential(Vec x) {
  x = smaller(larger(x, all(-87.0f)), all(88.0f));
  const Vec magic = all(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  const Vec n = (x * 1.44269504f + magic) - magic;
  const Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vec p = all(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const IntVec power = (__builtin_convertvector(n, IntVec) + 127) << 23;
  return p * reinterpret_cast<const Vec&>(power);
}

inline int64_t round_up(int64_t n) { return (n + kLanes - 1) / kLanes * kLanes; }

// Loads and stores of the first n < kLanes elements; the others read as zero.
inline Vec load_some(const float* p, int64_t n) {
  Vec v{};
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
}

inline void store_some(float* p, Vec v, int64_t n) {
  for (int64_t i = 0; i < n; ++i) p[i] = v[i];
}

// c[m, n] (+)= sum over k of a[m * a_row + k * a_step] * b[k, n] for kRows rows and kVecs vectors of columns, held in registers.
template <int kRows, int kVecs>
inline void tile(const float* a, int64_t a_row, int64_t a_step, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t depth, bool add) {
  Vec acc[kRows][kVecs];
#pragma GCC unroll 8
  for (int m = 0; m < kRows; ++m)
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) acc[m][n] = add ? load(c + m * c_row + n * kLanes) : Vec{};
  for (int64_t k = 0; k < depth; ++k) {
    Vec right[kVecs];
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) right[n] = load(b + k * b_row + n * kLanes);
#pragma GCC unroll 8
    for (int m = 0; m < kRows; ++m) {
      const Vec left = all(a[m * a_row + k * a_step]);
#pragma GCC unroll 4
      for (int n = 0; n < kVecs; ++n) acc[m][n] += left * right[n];
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < kRows; ++m)
#pragma GCC unroll 4
    for (int n = 0; n < kVecs; ++n) store(c + m * c_row + n * kLanes, acc[m][n]);
}

template <int kRows>
inline void tile_columns(const float* a, int64_t a_row, int64_t a_step, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t columns, int64_t depth, bool add) {
  int64_t n = 0;
  for (; n + kTileVecs * kLanes <= columns; n += kTileVecs * kLanes) tile<kRows, kTileVecs>(a, a_row, a_step, b + n, b_row, c + n, c_row, depth, add);
  if (kTileVecs > 2 && n + 2 * kLanes <= columns) {
    tile<kRows, 2>(a, a_row, a_step, b + n, b_row, c + n, c_row, depth, add);
    n += 2 * kLanes;
  }
  if (n < columns) tile<kRows, 1>(a, a_row, a_step, b + n, b_row, c + n, c_row, depth, add);
}

// A small matrix product; columns is a multiple of kLanes.
inline void multiply(const float* a, int64_t a_row, int64_t a_step, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t rows, int64_t columns, int64_t depth, bool add) {
  int64_t m = 0;
  for (; m + kTileRows <= rows; m += kTileRows) tile_columns<kTileRows>(a + m * a_row, a_row, a_step, b, b_row, c + m * c_row, c_row, columns, depth, add);
  for (; m + 2 <= rows; m += 2) tile_columns<2>(a + m * a_row, a_row, a_step, b, b_row, c + m * c_row, c_row, columns, depth, add);
  if (m < rows) tile_columns<1>(a + m * a_row, a_row, a_step, b, b_row, c + m * c_row, c_row, columns, depth, add);
}

}  // namespace

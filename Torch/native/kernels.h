// The loops of the fused functions, compiled once per set of vector instructions and chosen at run time by the CPU's flags.
// All arrays are float32 and dense. These files include nothing of libtorch or the standard library's templates: an inline function
// compiled with AVX-512 here could be the copy that the linker keeps for everybody.
#pragma once

#include <cstdint>

namespace flow {

struct AttentionShape {
  int64_t tokens, heads, width;  // width is that of one head
};

// A DiT block; width is that of one head, D = heads * width, inner the width of the MLP.
struct BlockShape {
  int64_t images, tokens, heads, width, inner;
  float eps;
};

// Rows of each weight are the outputs, as in torch.nn.Linear.
struct BlockWeights {
  const float *qkv, *qkv_bias, *proj, *proj_bias, *fc1, *fc1_bias, *fc2, *fc2_bias;
};

// Floats that a block needs for its conditions, its projections and each thread, and into how many pieces its tokens fall.
struct BlockScratch {
  int64_t conditions, qkv, thread, pieces;
};

// One AdamW step's constants. Each is rounded to float once, after it was computed in double: 1 - 0.999f is off by 1e-5.
struct AdamW {
  float keep, beta1, rest1, beta2, rest2, eps, step_size, root_correction2;
};

// begin and end number what is computed: (image, head) pairs, rows, images, or elements.
struct Kernels {
  const char* name;

  // How many floats of scratch one thread needs.
  int64_t (*attention_scratch)(AttentionShape shape);

  // qkv is [N, T, 3, H, C], out is [N, T, H, C], lse is [N, H, T]: log of the sum of exponentials of each row of scores.
  void (*attention_forward)(AttentionShape shape, const float* qkv, float* out, float* lse, float* scratch, int64_t begin, int64_t end);
  void (*attention_backward)(AttentionShape shape, const float* qkv, const float* out, const float* lse, const float* grad, float* grad_qkv,
                             float* scratch, int64_t begin, int64_t end);

  // Rows of x are [N * T, D]; shift, scale and gate are [N, D] with row strides of their own. mean and rstd are [N * T].
  void (*norm_modulate)(const float* x, const float* shift, int64_t shift_stride, const float* scale, int64_t scale_stride, float* out,
                        float* mean, float* rstd, int64_t tokens, int64_t width, float eps, int64_t begin, int64_t end);
  void (*norm_modulate_backward)(const float* x, const float* scale, int64_t scale_stride, const float* mean, const float* rstd,
                                 const float* grad, float* grad_x, float* grad_shift, float* grad_scale, int64_t tokens, int64_t width,
                                 int64_t begin, int64_t end);
  void (*gated_residual)(const float* x, const float* gate, int64_t gate_stride, const float* y, float* out, int64_t tokens, int64_t width,
                         int64_t begin, int64_t end);
  void (*gated_residual_backward)(const float* gate, int64_t gate_stride, const float* y, const float* grad, float* grad_gate,
                                  float* grad_y, int64_t tokens, int64_t width, int64_t begin, int64_t end);

  // u = x + bias is written back to x; out = GELU(u). bias may be null.
  void (*bias_gelu)(float* x, const float* bias, float* out, int64_t width, int64_t begin, int64_t end);
  // grad_u = grad * GELU'(u), and its sum over the rows is added to grad_bias, which may be null.
  void (*bias_gelu_backward)(const float* u, const float* grad, float* grad_u, float* grad_bias, int64_t width, int64_t begin, int64_t end);

  // Without gradients. out [rows, its own row length] = in [rows, depth] weight^T + bias, for weights begin to end; meant for few rows.
  void (*silu)(const float* x, float* out, int64_t count);
  void (*few_rows)(const float* weight, const float* bias, const float* in, int64_t rows, int64_t depth, float* out, int64_t out_row, int64_t begin,
                   int64_t end);

  // A block without gradients, in this order, both over pieces; modulation is [N, 6 D], x and out are [N, T, D].
  BlockScratch (*block_scratch)(BlockShape shape);
  void (*block_project)(BlockShape shape, const BlockWeights& weights, const float* x, const float* modulation, float* qkv, float* scratch,
                        int64_t begin, int64_t end);
  void (*block_finish)(BlockShape shape, const BlockWeights& weights, const float* x, const float* modulation, const float* qkv, float* out,
                       float* scratch, int64_t begin, int64_t end);

  // The final layer without gradients, over pieces: modulation is [N, 2 D], out [N, T, inner]; heads * width is D.
  void (*final_project)(BlockShape shape, const float* weight, const float* bias, const float* x, const float* modulation, float* out, float* scratch,
                        int64_t begin, int64_t end);

  void (*adamw)(AdamW o, float* parameter, const float* grad, float* exp_avg, float* exp_avg_sq, int64_t begin, int64_t end);
  void (*blend)(float* average, const float* value, float decay, float rest, int64_t begin, int64_t end);
  double (*sum_of_squares)(const float* x, int64_t begin, int64_t end);
};

// What runs now, or null for plain operations.
const Kernels* active_kernels();

// Whether matrix products of this thread are wanted in bfloat16.
bool autocast_on();

extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;

}  // namespace flow

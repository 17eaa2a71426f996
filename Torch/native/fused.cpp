// The fused parts of a DiT block as autograd functions over the kernels. A function answers 2 where it does not apply (not float32 on a
// CPU, odd shapes): the managed side then takes the plain operations. Work is divided so that results do not depend on the
// number of threads.
#include "flowtorch.h"
#include "kernels.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int kNotApplicable = 2;
// Rows of one piece of work whose sums are added up in order: few enough to keep the partial sums small.
constexpr int64_t kPieces = 16;

const flow::Kernels* active = nullptr;

// The set that was last switched on: an operation that has begun, or whose backward is still to come, finishes with it when another thread
// switches the fused operations off.
const flow::Kernels* last_active = nullptr;

bool supported(const flow::Kernels* kernels) {
#if defined(__x86_64__)
  if (kernels == &flow::kernels_avx512)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

bool plain(const Tensor& tensor) { return at::isFloatingType(tensor.scalar_type()) && tensor.device().is_cpu() && tensor.layout() == at::kStrided; }

// Under autocast some inputs come as bfloat16: the kernels compute in float32, and autograd casts the gradients back.
Tensor single(const Tensor& tensor) { return tensor.scalar_type() == at::kFloat ? tensor : tensor.to(at::kFloat); }

using flow::autocast_on;

bool fusible(std::initializer_list<const Tensor*> tensors) {
  if (active == nullptr) return false;
  for (const auto* tensor : tensors)
    if (!plain(*tensor) || (tensor->scalar_type() != at::kFloat && !autocast_on())) return false;
  return true;
}

float* scratch(int64_t floats) {
  static thread_local std::vector<float> memory;
  if (memory.size() < static_cast<size_t>(floats)) memory.resize(floats);
  return memory.data();
}

const float* in(const Tensor& tensor) { return tensor.data_ptr<float>(); }
float* out(const Tensor& tensor) { return tensor.data_ptr<float>(); }

// A gradient may arrive expanded or transposed.
Tensor dense(const Tensor& tensor) { return tensor.contiguous(); }

flow::AttentionShape attention_shape(const Tensor& qkv, int64_t heads) { return {qkv.size(1), heads, qkv.size(2) / 3 / heads}; }

struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(AutogradContext* ctx, const Tensor& qkv_any, int64_t heads) {
    const auto qkv = dense(qkv_any);
    const auto shape = attention_shape(qkv, heads);
    const auto result = at::empty({qkv.size(0), shape.tokens, heads * shape.width}, qkv.options());
    const auto lse = at::empty({qkv.size(0), heads, shape.tokens}, qkv.options());
    at::parallel_for(0, qkv.size(0) * heads, 1, [&](int64_t begin, int64_t end) {
      last_active->attention_forward(shape, in(qkv), out(result), out(lse), scratch(last_active->attention_scratch(shape)), begin, end);
    });
    ctx->saved_data["heads"] = heads;
    ctx->save_for_backward({qkv, result, lse});
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &qkv = saved[0], &result = saved[1], &lse = saved[2];
    const auto heads = ctx->saved_data["heads"].toInt();
    const auto shape = attention_shape(qkv, heads);
    const auto grad = dense(grads[0]);
    const auto grad_qkv = at::empty_like(qkv);
    at::parallel_for(0, qkv.size(0) * heads, 1, [&](int64_t begin, int64_t end) {
      last_active->attention_backward(shape, in(qkv), in(result), in(lse), in(grad), out(grad_qkv), scratch(last_active->attention_scratch(shape)), begin, end);
    });
    return {grad_qkv, Tensor()};
  }
};

// shift, scale and gate are often slices of one [N, 6 D] tensor: rows may lie apart, their elements may not.
Tensor rows(const Tensor& tensor) { return tensor.stride(1) == 1 ? tensor : tensor.contiguous(); }

struct NormModulate : torch::autograd::Function<NormModulate> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x_any, const Tensor& shift_any, const Tensor& scale_any, double eps) {
    const auto x = dense(x_any), shift = rows(shift_any), scale = rows(scale_any);
    const auto count = x.size(0) * x.size(1);
    const auto result = at::empty_like(x), mean = at::empty({count}, x.options()), rstd = at::empty({count}, x.options());
    at::parallel_for(0, count, 64, [&](int64_t begin, int64_t end) {
      last_active->norm_modulate(in(x), in(shift), shift.stride(0), in(scale), scale.stride(0), out(result), out(mean), out(rstd), x.size(1),
                            x.size(2), static_cast<float>(eps), begin, end);
    });
    ctx->save_for_backward({x, scale, mean, rstd});
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &scale = saved[1], &mean = saved[2], &rstd = saved[3];
    const auto grad = dense(grads[0]);
    const auto grad_x = at::empty_like(x), grad_shift = at::empty({x.size(0), x.size(2)}, x.options()), grad_scale = at::empty_like(grad_shift);
    at::parallel_for(0, x.size(0), 1, [&](int64_t begin, int64_t end) {
      last_active->norm_modulate_backward(in(x), in(scale), scale.stride(0), in(mean), in(rstd), in(grad), out(grad_x), out(grad_shift),
                                     out(grad_scale), x.size(1), x.size(2), begin, end);
    });
    return {grad_x, grad_shift, grad_scale, Tensor()};
  }
};

struct GatedResidual : torch::autograd::Function<GatedResidual> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x_any, const Tensor& gate_any, const Tensor& y_any) {
    const auto x = dense(x_any), y = dense(y_any), gate = rows(gate_any);
    const auto result = at::empty_like(x);
    at::parallel_for(0, x.size(0) * x.size(1), 64, [&](int64_t begin, int64_t end) {
      last_active->gated_residual(in(x), in(gate), gate.stride(0), in(y), out(result), x.size(1), x.size(2), begin, end);
    });
    ctx->save_for_backward({gate, y});
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &gate = saved[0], &y = saved[1];
    const auto grad = dense(grads[0]);
    const auto grad_gate = at::empty({y.size(0), y.size(2)}, y.options()), grad_y = at::empty_like(y);
    at::parallel_for(0, y.size(0), 1, [&](int64_t begin, int64_t end) {
      last_active->gated_residual_backward(in(gate), gate.stride(0), in(y), in(grad), out(grad_gate), out(grad_y), y.size(1), y.size(2), begin, end);
    });
    return {grads[0], grad_gate, grad_y};
  }
};

// grad * GELU'(u), and the sum over rows of each piece in a row of partial (undefined when there is no bias).
Tensor gelu_backward(const Tensor& u, const Tensor& grad, Tensor* bias_grad) {
  const auto width = u.size(-1), count = u.numel() / width, pieces = std::min(kPieces, count);
  const auto grad_u = at::empty_like(u);
  const auto partial = bias_grad == nullptr ? Tensor() : at::zeros({pieces, width}, u.options());
  at::parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
    for (auto piece = begin; piece < end; ++piece)
      last_active->bias_gelu_backward(in(u), in(grad), out(grad_u), partial.defined() ? out(partial) + piece * width : nullptr, width,
                                 count * piece / pieces, count * (piece + 1) / pieces);
  });
  if (bias_grad != nullptr) *bias_grad = partial.sum(0);
  return grad_u;
}

void gelu_forward(const Tensor& u, const float* bias, const Tensor& result) {
  const auto width = u.size(-1), count = u.numel() / width;
  at::parallel_for(0, count, std::max<int64_t>(1, 16384 / width), [&](int64_t begin, int64_t end) {
    last_active->bias_gelu(out(u), bias, out(result), width, begin, end);
  });
}

struct GeluTanh : torch::autograd::Function<GeluTanh> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x_any) {
    const auto x = dense(x_any);
    const auto result = at::empty_like(x);
    gelu_forward(x, nullptr, result);
    ctx->save_for_backward({x});
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {gelu_backward(ctx->get_saved_variables()[0], dense(grads[0]), nullptr)};
  }
};

struct LinearGelu : torch::autograd::Function<LinearGelu> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x_any, const Tensor& weight, const Tensor& bias) {
    const auto x = dense(x_any);
    auto sizes = x.sizes().vec();
    sizes.back() = weight.size(0);
    const auto u = at::mm(x.reshape({-1, x.size(-1)}), weight.t());
    const auto result = at::empty(sizes, x.options());
    gelu_forward(u, in(bias), result);
    ctx->save_for_backward({x, weight, u});
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &u = saved[2];
    Tensor grad_bias;
    const auto grad_u = gelu_backward(u, dense(grads[0]), &grad_bias);
    const auto flat = x.reshape({-1, x.size(-1)});
    return {ctx->needs_input_grad(0) ? at::mm(grad_u, weight).reshape(x.sizes()) : Tensor(),
            ctx->needs_input_grad(1) ? at::mm(grad_u.t(), flat) : Tensor(), grad_bias};
  }
};

// Runs apply where all tensors are plain float32 on the CPU and the shapes fit; otherwise answers kNotApplicable.
template <typename Apply>
int fused(bool shapes_fit, std::initializer_list<const Tensor*> tensors, flow::Handle* result, Apply&& apply) {
  if (!shapes_fit || !fusible(tensors)) return kNotApplicable;
  return flow::guarded([&] { *result = flow::new_handle(apply()); });
}

// The function's result, recorded where gradients are wanted. In sampling nothing is recorded, and the bookkeeping of apply would cost as much as
// the smaller kernels.
template <typename Function, typename... Arguments>
Tensor recorded(const Arguments&... arguments) {
  if (at::GradMode::is_enabled()) return Function::apply(arguments...);
  AutogradContext unused;
  return Function::forward(&unused, arguments...);
}

bool modulates(const Tensor& x, const Tensor& factor) {
  return x.dim() == 3 && factor.dim() == 2 && factor.size(0) == x.size(0) && factor.size(1) == x.size(2) && x.numel() > 0;
}

}  // namespace

namespace flow {

const Kernels* active_kernels() { return active; }

bool autocast_on() {
#if FLOW_TORCH_AT_LEAST(2, 4)
  return at::autocast::is_autocast_enabled(at::kCPU);
#else
  return at::autocast::is_cpu_enabled();
#endif
}

}  // namespace flow

// 0 plain, 1 avx2, 2 avx512. Returns 0, or 2 where this CPU lacks the instructions.
FLOW_API int flow_use_kernels(int32_t set) {
  const flow::Kernels* wanted = set == 2 ? &flow::kernels_avx512 : set == 1 ? &flow::kernels_avx2 : nullptr;
  if (wanted != nullptr && !supported(wanted)) return kNotApplicable;
  if (wanted != nullptr) last_active = wanted;
  active = wanted;
  return 0;
}

FLOW_API int flow_attention(flow::Handle qkv, int64_t heads, flow::Handle* result) {
  const bool fits = qkv->dim() == 3 && heads > 0 && qkv->size(2) % (3 * heads) == 0 && qkv->numel() > 0;
  return fused(fits, {qkv}, result, [&] { return recorded<Attention>(single(*qkv), heads); });
}

FLOW_API int flow_norm_modulate(flow::Handle x, flow::Handle shift, flow::Handle scale, double eps, flow::Handle* result) {
  return fused(modulates(*x, *shift) && modulates(*x, *scale), {x, shift, scale}, result, [&] { return recorded<NormModulate>(single(*x), single(*shift), single(*scale), eps); });
}

FLOW_API int flow_gated_residual(flow::Handle x, flow::Handle gate, flow::Handle y, flow::Handle* result) {
  return fused(modulates(*x, *gate) && x->sizes() == y->sizes(), {x, gate, y}, result, [&] { return recorded<GatedResidual>(single(*x), single(*gate), single(*y)); });
}

FLOW_API int flow_gelu_tanh(flow::Handle x, flow::Handle* result) {
  return fused(x->dim() > 0 && x->numel() > 0, {x}, result, [&] { return recorded<GeluTanh>(single(*x)); });
}

FLOW_API int flow_linear_gelu(flow::Handle x, flow::Handle weight, flow::Handle bias, flow::Handle* result) {
  // Autocast wants the product in bfloat16: libtorch's linear does that.
  if (bias == nullptr || autocast_on()) return kNotApplicable;
  const bool fits = x->dim() > 1 && weight->dim() == 2 && x->size(-1) == weight->size(1) && bias->numel() == weight->size(0) && x->numel() > 0;
  return fused(fits, {x, weight, bias}, result, [&] { return recorded<LinearGelu>(*x, *weight, *bias); });
}

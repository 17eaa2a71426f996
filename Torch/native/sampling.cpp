// Whole layers of a DiT without gradients, one call each. A function answers 2 where gradients are recorded or something is not dense float32
// on a CPU: the managed side then does the layer in its parts. No result depends on the number of threads.
#include "flowtorch.h"
#include "kernels.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <vector>

namespace {

using at::Tensor;

constexpr int kNotApplicable = 2;

bool dense(const Tensor& tensor) { return tensor.scalar_type() == at::kFloat && tensor.device().is_cpu() && tensor.is_contiguous(); }

// A linear layer: weights are [outputs, inputs].
struct Linear {
  const Tensor &weight, &bias;

  bool fits(int64_t outputs, int64_t inputs) const {
    return dense(weight) && dense(bias) && weight.sizes() == at::IntArrayRef({outputs, inputs}) && bias.numel() == outputs;
  }
  int64_t outputs() const { return weight.dim() == 2 ? weight.size(0) : 0; }
  const float* w() const { return weight.data_ptr<float>(); }
  const float* b() const { return bias.data_ptr<float>(); }
};

// Lists hold each layer's weight and then its bias, null where it has none.
Linear layer(const flow::Handle* weights, int place) { return {*weights[2 * place], *weights[2 * place + 1]}; }

bool present(const flow::Handle* weights, int layers) {
  for (int i = 0; i < 2 * layers; ++i)
    if (weights[i] == nullptr) return false;
  return true;
}

// Null where gradients are recorded or products are wanted in bfloat16. Asked once a call: another thread may switch them off meanwhile.
const flow::Kernels* kernels_without_gradients() { return c10::GradMode::is_enabled() || flow::autocast_on() ? nullptr : flow::active_kernels(); }

bool conditioned(const Tensor& x, const Tensor& c) {
  return x.dim() == 3 && x.numel() > 0 && dense(x) && dense(c) && c.sizes() == at::IntArrayRef({x.size(0), x.size(2)});
}

float* scratch(int64_t floats) {
  static thread_local std::vector<float> memory;
  if (memory.size() < static_cast<size_t>(floats)) memory.resize(floats);
  return memory.data();
}

void few_rows(const flow::Kernels* kernels, const Linear& linear, const float* in, int64_t rows, float* out) {
  const auto outputs = linear.weight.size(0), inputs = linear.weight.size(1);
  // Pieces of 32k multiplications at least: less is not worth a second thread.
  at::parallel_for(0, outputs, std::max<int64_t>(1, 32768 / (rows * inputs)), [&](int64_t begin, int64_t end) {
    kernels->few_rows(linear.w(), linear.b(), in, rows, inputs, out, outputs, begin, end);
  });
}

// adaLN: the layer's outputs for SiLU(c), [N, outputs]. memory has room for both.
const float* modulation(const flow::Kernels* kernels, const Linear& linear, const Tensor& c, float* memory) {
  kernels->silu(c.data_ptr<float>(), memory, c.numel());
  few_rows(kernels, linear, memory, c.size(0), memory + c.numel());
  return memory + c.numel();
}

}  // namespace

// weights: modulation, qkv, proj, fc1, fc2, each followed by its bias.
FLOW_API int flow_block(flow::Handle x_in, flow::Handle c_in, const flow::Handle* weights, int64_t heads, double eps, flow::Handle* result) {
  const Tensor &x = *x_in, &c = *c_in;
  const auto* kernels = kernels_without_gradients();
  if (kernels == nullptr || !conditioned(x, c) || !present(weights, 5) || heads < 1 || x.size(2) % heads != 0) return kNotApplicable;
  const auto width = x.size(2);
  const Linear adaln = layer(weights, 0), qkv = layer(weights, 1), proj = layer(weights, 2), fc1 = layer(weights, 3), fc2 = layer(weights, 4);
  const auto inner = fc1.outputs();
  if (!adaln.fits(6 * width, width) || !qkv.fits(3 * width, width) || !proj.fits(width, width) || !fc1.fits(inner, width) || !fc2.fits(width, inner))
    return kNotApplicable;
  return flow::guarded([&] {
    const flow::BlockShape shape{x.size(0), x.size(1), heads, width / heads, inner, static_cast<float>(eps)};
    const flow::BlockWeights w{qkv.w(), qkv.b(), proj.w(), proj.b(), fc1.w(), fc1.b(), fc2.w(), fc2.b()};
    const auto need = kernels->block_scratch(shape);
    const auto out = at::empty(x.sizes(), x.options()), memory = at::empty({need.conditions + need.qkv}, x.options());
    const float *in = x.data_ptr<float>(), *m = modulation(kernels, adaln, c, memory.data_ptr<float>());
    float *projected = memory.data_ptr<float>() + need.conditions, *to = out.data_ptr<float>();
    at::parallel_for(0, need.pieces, 1, [&](int64_t begin, int64_t end) { kernels->block_project(shape, w, in, m, projected, scratch(need.thread), begin, end); });
    at::parallel_for(0, need.pieces, 1, [&](int64_t begin, int64_t end) { kernels->block_finish(shape, w, in, m, projected, to, scratch(need.thread), begin, end); });
    *result = flow::new_handle(out);
  });
}

// weights: modulation, linear, each followed by its bias.
FLOW_API int flow_final_layer(flow::Handle x_in, flow::Handle c_in, const flow::Handle* weights, double eps, flow::Handle* result) {
  const Tensor &x = *x_in, &c = *c_in;
  const auto* kernels = kernels_without_gradients();
  if (kernels == nullptr || !conditioned(x, c) || !present(weights, 2)) return kNotApplicable;
  const auto width = x.size(2);
  const Linear adaln = layer(weights, 0), linear = layer(weights, 1);
  const auto outputs = linear.outputs();
  if (!adaln.fits(2 * width, width) || !linear.fits(outputs, width)) return kNotApplicable;
  return flow::guarded([&] {
    const flow::BlockShape shape{x.size(0), x.size(1), 1, width, outputs, static_cast<float>(eps)};
    const auto need = kernels->block_scratch(shape);
    const auto out = at::empty({x.size(0), x.size(1), outputs}, x.options()), memory = at::empty({need.conditions}, x.options());
    const auto* m = modulation(kernels, adaln, c, memory.data_ptr<float>());
    at::parallel_for(0, need.pieces, 1, [&](int64_t begin, int64_t end) {
      kernels->final_project(shape, linear.w(), linear.b(), x.data_ptr<float>(), m, out.data_ptr<float>(), scratch(need.thread), begin, end);
    });
    *result = flow::new_handle(out);
  });
}

// Two linear layers around a SiLU, for rows [N, inputs]. weights: first, second, each followed by its bias.
FLOW_API int flow_silu_mlp(flow::Handle x_in, const flow::Handle* weights, flow::Handle* result) {
  const Tensor& x = *x_in;
  const auto* kernels = kernels_without_gradients();
  if (kernels == nullptr || x.dim() != 2 || x.numel() == 0 || !dense(x) || !present(weights, 2))
    return kNotApplicable;
  const Linear first = layer(weights, 0), second = layer(weights, 1);
  const auto inner = first.outputs();
  if (!first.fits(inner, x.size(1)) || !second.fits(second.outputs(), inner)) return kNotApplicable;
  return flow::guarded([&] {
    const auto between = at::empty({x.size(0), inner}, x.options()), out = at::empty({x.size(0), second.outputs()}, x.options());
    few_rows(kernels, first, x.data_ptr<float>(), x.size(0), between.data_ptr<float>());
    kernels->silu(between.data_ptr<float>(), between.data_ptr<float>(), between.numel());
    few_rows(kernels, second, between.data_ptr<float>(), x.size(0), out.data_ptr<float>());
    *result = flow::new_handle(out);
  });
}

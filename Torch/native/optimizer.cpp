// Loops of the optimizer over whole lists of tensors. They change data in place and record nothing. Answers are 2 where the tensors are
// not plain float32 on a CPU, and nothing was changed then. No result depends on the number of threads.
#include "flowtorch.h"
#include "kernels.h"

#include <ATen/Parallel.h>

#include <vector>

namespace {

constexpr int kNotApplicable = 2;
constexpr int64_t kPiece = 32768;

bool plain(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kFloat && tensor.device().is_cpu() && tensor.is_contiguous();
}

// One piece of one tensor: threads share these out, so that many small tensors take as little time as few large ones.
struct Piece {
  int32_t tensor;
  int64_t begin, end;
};

template <typename Numel>
std::vector<Piece> pieces(int32_t count, Numel&& numel) {
  std::vector<Piece> all;
  for (int32_t i = 0; i < count; ++i)
    for (int64_t begin = 0, n = numel(i); begin < n; begin += kPiece) all.push_back({i, begin, std::min(begin + kPiece, n)});
  return all;
}

template <typename Body>
void share_out(const std::vector<Piece>& work, Body&& body) {
  at::parallel_for(0, static_cast<int64_t>(work.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto i = begin; i < end; ++i) body(work[i], i);
  });
}

}  // namespace

// Parameters without a gradient are left alone.
FLOW_API int flow_adamw(const flow::Handle* parameters, const flow::Handle* exp_avg, const flow::Handle* exp_avg_sq, int32_t count,
                        const flow::AdamW* options) {
  const auto* kernels = flow::active_kernels();
  if (kernels == nullptr) return kNotApplicable;
  std::vector<at::Tensor> grads;
  for (int32_t i = 0; i < count; ++i) {
    grads.push_back(parameters[i]->grad());
    if (!grads[i].defined()) continue;
    for (const auto* tensor : {parameters[i], exp_avg[i], exp_avg_sq[i]})
      if (!plain(*tensor) || tensor->numel() != grads[i].numel()) return kNotApplicable;
    if (!plain(grads[i])) grads[i] = grads[i].contiguous();
    if (!plain(grads[i])) return kNotApplicable;
  }
  return flow::guarded([&] {
    share_out(pieces(count, [&](int32_t i) { return grads[i].defined() ? grads[i].numel() : 0; }), [&](const Piece& p, int64_t) {
      kernels->adamw(*options, parameters[p.tensor]->data_ptr<float>(), grads[p.tensor].data_ptr<float>(), exp_avg[p.tensor]->data_ptr<float>(),
                     exp_avg_sq[p.tensor]->data_ptr<float>(), p.begin, p.end);
    });
    for (int32_t i = 0; i < count; ++i)
      if (grads[i].defined()) parameters[i]->unsafeGetTensorImpl()->bump_version();
  });
}

FLOW_API int flow_ema(const flow::Handle* averages, const flow::Handle* values, int32_t count, double decay) {
  const auto* kernels = flow::active_kernels();
  if (kernels == nullptr) return kNotApplicable;
  for (int32_t i = 0; i < count; ++i)
    if (!plain(*averages[i]) || !plain(*values[i]) || averages[i]->numel() != values[i]->numel()) return kNotApplicable;
  return flow::guarded([&] {
    share_out(pieces(count, [&](int32_t i) { return values[i]->numel(); }), [&](const Piece& p, int64_t) {
      kernels->blend(averages[p.tensor]->data_ptr<float>(), values[p.tensor]->data_ptr<float>(), static_cast<float>(decay),
                     static_cast<float>(1 - decay), p.begin, p.end);
    });
  });
}

// The sum of the squares of all gradients, in double precision.
FLOW_API int flow_gradient_square(const flow::Handle* parameters, int32_t count, double* square) {
  const auto* kernels = flow::active_kernels();
  if (kernels == nullptr) return kNotApplicable;
  std::vector<at::Tensor> grads;
  for (int32_t i = 0; i < count; ++i) {
    grads.push_back(parameters[i]->grad());
    if (grads[i].defined() && !plain(grads[i])) return kNotApplicable;
  }
  return flow::guarded([&] {
    const auto work = pieces(count, [&](int32_t i) { return grads[i].defined() ? grads[i].numel() : 0; });
    std::vector<double> sums(work.size());
    share_out(work, [&](const Piece& p, int64_t i) { sums[i] = kernels->sum_of_squares(grads[p.tensor].data_ptr<float>(), p.begin, p.end); });
    *square = 0;
    for (const auto sum : sums) *square += sum;
  });
}

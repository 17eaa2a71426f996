// Handles of tensors: life, shape, bytes, and their place in autograd.
#include "flowtorch.h"

#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <atomic>
#include <vector>

namespace {

std::atomic<int64_t> live_handles{0};
thread_local std::string last_error;

std::vector<at::Tensor> tensors_of(const flow::Handle* handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  for (int32_t i = 0; i < count; ++i) tensors.push_back(handles[i] == nullptr ? at::Tensor() : *handles[i]);
  return tensors;
}

}  // namespace

namespace flow {

void set_last_error(std::string text) { last_error = std::move(text); }

Handle new_handle(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return new at::Tensor(std::move(tensor));
}

}  // namespace flow

FLOW_API const char* flow_last_error() { return last_error.c_str(); }

FLOW_API int64_t flow_live_handles() { return live_handles.load(std::memory_order_relaxed); }

FLOW_API void flow_tensor_free(flow::Handle tensor) {
  live_handles.fetch_sub(1, std::memory_order_relaxed);
  delete tensor;
}

// What the managed side asks for most often, in one call. device_index is -1 for the CPU.
FLOW_API int flow_tensor_info(flow::Handle tensor, int64_t* dims, int8_t* dtype, int8_t* device_type, int8_t* device_index) {
  return flow::guarded([&] {
    *dims = tensor->dim();
    *dtype = static_cast<int8_t>(tensor->scalar_type());
    *device_type = static_cast<int8_t>(tensor->device().type());
    *device_index = static_cast<int8_t>(tensor->device().index());
  });
}

FLOW_API int flow_tensor_sizes(flow::Handle tensor, int64_t* sizes, int64_t* strides) {
  return flow::guarded([&] {
    for (int64_t i = 0; i < tensor->dim(); ++i) {
      sizes[i] = tensor->size(i);
      if (strides != nullptr) strides[i] = tensor->stride(i);
    }
  });
}

FLOW_API int flow_tensor_data(flow::Handle tensor, void** data) {
  return flow::guarded([&] { *data = tensor->data_ptr(); });
}

FLOW_API int flow_tensor_empty(const int64_t* sizes, int32_t count, int8_t dtype, int8_t device_type, int8_t device_index, flow::Handle* out) {
  return flow::guarded([&] {
    const auto device = c10::Device(static_cast<c10::DeviceType>(device_type), device_index);
    const auto options = at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)).device(device);
    *out = flow::new_handle(at::empty(at::IntArrayRef(sizes, count), options));
  });
}

// Properties that are one bit each: 0 requires_grad, 1 is_leaf, 2 is_contiguous, 3 is_inference, 4 is_sparse.
FLOW_API int flow_tensor_flag(flow::Handle tensor, int32_t which, int32_t* value) {
  return flow::guarded([&] {
    switch (which) {
      case 0: *value = tensor->requires_grad(); break;
      case 1: *value = tensor->is_leaf(); break;
      case 2: *value = tensor->is_contiguous(); break;
      case 3: *value = tensor->is_inference(); break;
      case 4: *value = tensor->is_sparse(); break;
      default: TORCH_CHECK(false, "unknown property: ", which);
    }
  });
}

FLOW_API int flow_tensor_set_requires_grad(flow::Handle tensor, int32_t value) {
  return flow::guarded([&] { tensor->requires_grad_(value != 0); });
}

FLOW_API int flow_tensor_grad(flow::Handle tensor, flow::Handle* grad) {
  return flow::guarded([&] { *grad = flow::new_handle(tensor->grad()); });
}

FLOW_API int flow_tensor_set_grad(flow::Handle tensor, flow::Handle grad) {
  return flow::guarded([&] { tensor->mutable_grad() = grad == nullptr ? at::Tensor() : *grad; });
}

// Points the first tensor at the storage of the second, keeping its place in autograd and in optimizers: x.data = y.
FLOW_API int flow_tensor_set_data(flow::Handle tensor, flow::Handle data) {
  return flow::guarded([&] { tensor->set_data(*data); });
}

FLOW_API int flow_backward(const flow::Handle* tensors, const flow::Handle* grads, int32_t count, int32_t retain_graph, int32_t create_graph) {
  return flow::guarded([&] {
    flow::optional<bool> retain;
    if (retain_graph >= 0) retain = retain_graph != 0;
    torch::autograd::backward(tensors_of(tensors, count), grads == nullptr ? std::vector<at::Tensor>() : tensors_of(grads, count), retain, create_graph != 0);
  });
}

FLOW_API int flow_grad(const flow::Handle* outputs, const flow::Handle* grads, int32_t output_count, const flow::Handle* inputs,
                       int32_t input_count, int32_t retain_graph, int32_t create_graph, int32_t allow_unused, flow::Handle* out) {
  return flow::guarded([&] {
    flow::optional<bool> retain;
    if (retain_graph >= 0) retain = retain_graph != 0;
    const auto result = torch::autograd::grad(
        tensors_of(outputs, output_count), tensors_of(inputs, input_count),
        grads == nullptr ? std::vector<at::Tensor>() : tensors_of(grads, output_count), retain, create_graph != 0, allow_unused != 0);
    for (size_t i = 0; i < result.size(); ++i) out[i] = flow::new_handle(result[i]);
  });
}

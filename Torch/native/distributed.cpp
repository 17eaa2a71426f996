// Data-parallel groups over libtorch's c10d: gloo for tensors of the CPU, nccl for those of CUDA devices. Each is built only where its
// headers are (libgloo-dev; nccl.h beside a libtorch with CUDA): without them joining such a group is an error that says so.
#include "flowtorch.h"

#if defined(__has_include)
#if __has_include(<gloo/algorithm.h>)
#define FLOW_HAS_GLOO 1
#define USE_C10D_GLOO 1
#endif
#if defined(FLOW_CUDA) && __has_include(<nccl.h>)
#define FLOW_HAS_NCCL 1
#define USE_C10D_NCCL 1
#endif
#endif

#if FLOW_HAS_GLOO || FLOW_HAS_NCCL
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if FLOW_HAS_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#if FLOW_HAS_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

#if FLOW_TORCH_AT_LEAST(2, 0)
using Collectives = c10d::Backend;
#else
using Collectives = c10d::ProcessGroup;
#endif
using Milliseconds = std::chrono::milliseconds;

struct Group {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<Collectives> collectives;
  at::Device device{at::kCPU};
  int size{};
};

c10::intrusive_ptr<c10d::Store> open_store(const char* file, const char* host, int port, int rank, int size, Milliseconds timeout) {
  if (file != nullptr) {
    auto store = c10::make_intrusive<c10d::FileStore>(file, size);
    store->setTimeout(timeout);
    return store;
  }
  c10d::TCPStoreOptions options;
  options.port = static_cast<std::uint16_t>(port);
  options.isServer = rank == 0;
  options.numWorkers = size;
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(host, options);
}

// Returns when all ranks are here: they find each other quickly or not at all, however long they may wait for one another later.
void meet(c10d::Store& store, int rank, int size, Milliseconds timeout) {
  const auto place = [](int of) { return "flow/rank/" + std::to_string(of); };
  store.set(place(rank), std::vector<std::uint8_t>{1});
  std::vector<std::string> all;
  for (int of = 0; of < size; ++of) all.push_back(place(of));
  store.wait(all, timeout);
}

// Gloo's collectives take the timeout of the group, whatever a call's own options say.
c10::intrusive_ptr<Collectives> join(const Group& group, int rank, Milliseconds patience) {
  if (group.device.is_cuda()) {
#if FLOW_HAS_NCCL
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = patience;
    return c10::make_intrusive<c10d::ProcessGroupNCCL>(group.store, rank, group.size, options);
#else
    TORCH_CHECK(false, "this build has no data-parallel groups of CUDA devices: set LIBTORCH to a libtorch with CUDA, put nccl.h on CPATH, and run Torch/native/build.sh");
#endif
  }
#if FLOW_HAS_GLOO
  auto options = c10d::ProcessGroupGloo::Options::create(patience);
  options->devices.push_back(c10d::ProcessGroupGloo::createDefaultDevice());
  return c10::make_intrusive<c10d::ProcessGroupGloo>(group.store, rank, group.size, options);
#else
  TORCH_CHECK(false, "this build has no data-parallel groups of CPUs: install libgloo-dev and run Torch/native/build.sh");
#endif
}

// A tensor of another device goes there and back: nccl takes those of the group's own device alone.
void all_reduce(const Group& group, const at::Tensor& tensor) {
  const bool here = tensor.device().type() == group.device.type();
  std::vector<at::Tensor> tensors{here ? tensor : tensor.to(group.device)};
  group.collectives->allreduce(tensors)->wait();
  if (!here) tensor.copy_(tensors[0]);
}

}  // namespace

// Either file or host is null. Waits until all ranks have joined, at most timeout_ms; later calls wait at most patience_ms.
FLOW_API int flow_group_join(const char* file, const char* host, int32_t port, int32_t rank, int32_t size, int64_t timeout_ms, int64_t patience_ms, int8_t device_type, int8_t device_index, void** group) {
  return flow::guarded([&] {
    auto joined = std::make_unique<Group>();
    joined->size = size;
    joined->device = at::Device(static_cast<at::DeviceType>(device_type), device_index);
    joined->store = open_store(file, host, port, rank, size, Milliseconds(timeout_ms));
    meet(*joined->store, rank, size, Milliseconds(timeout_ms));
    joined->collectives = join(*joined, rank, Milliseconds(patience_ms));
    *group = joined.release();
  });
}

FLOW_API void flow_group_leave(void* group) { delete static_cast<Group*>(group); }

// Replaces every gradient by the mean over the group, in one message; a parameter without a gradient counts as zeros and gets one.
FLOW_API int flow_group_average_gradients(void* group, const flow::Handle* parameters, int32_t count) {
  return flow::guarded([&] {
    const c10::AutoGradMode quiet(false);
    const auto& members = *static_cast<Group*>(group);
    std::vector<at::Tensor> parts;
    for (int32_t i = 0; i < count; ++i) {
      auto& grad = parameters[i]->mutable_grad();
      if (!grad.defined()) grad = at::zeros_like(*parameters[i]);
      parts.push_back(grad.reshape(-1));
    }
    const auto flat = at::cat(parts);
    all_reduce(members, flat);
    flat.div_(members.size);
    int64_t at = 0;
    for (int32_t i = 0; i < count; ++i) {
      auto& grad = parameters[i]->mutable_grad();
      grad.copy_(flat.narrow(0, at, grad.numel()).view_as(grad));
      at += grad.numel();
    }
  });
}

// The sum over the group, in place.
FLOW_API int flow_group_sum(void* group, flow::Handle tensor) {
  return flow::guarded([&] {
    const c10::AutoGradMode quiet(false);
    all_reduce(*static_cast<Group*>(group), *tensor);
  });
}

// Every rank gets the root's elements, in place.
FLOW_API int flow_group_broadcast(void* group, const flow::Handle* tensors, int32_t count, int32_t root) {
  return flow::guarded([&] {
    const c10::AutoGradMode quiet(false);
    const auto& members = *static_cast<Group*>(group);
    c10d::BroadcastOptions options;
    options.rootRank = root;
    for (int32_t i = 0; i < count; ++i) {
      const auto own = tensors[i]->detach();
      std::vector<at::Tensor> one{own.to(members.device).contiguous()};
      members.collectives->broadcast(one, options)->wait();
      if (!one[0].is_same(own)) own.copy_(one[0]);
    }
  });
}

#else

namespace {
int unavailable() {
  return flow::guarded([] { TORCH_CHECK(false, "this build has no data-parallel groups: install libgloo-dev and run Torch/native/build.sh"); });
}
}  // namespace

FLOW_API int flow_group_join(const char*, const char*, int32_t, int32_t, int32_t, int64_t, int64_t, int8_t, int8_t, void**) { return unavailable(); }
FLOW_API void flow_group_leave(void*) {}
FLOW_API int flow_group_average_gradients(void*, const flow::Handle*, int32_t) { return unavailable(); }
FLOW_API int flow_group_sum(void*, flow::Handle) { return unavailable(); }
FLOW_API int flow_group_broadcast(void*, const flow::Handle*, int32_t, int32_t) { return unavailable(); }

#endif

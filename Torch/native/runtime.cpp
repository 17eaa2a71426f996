// The process around the tensors: versions, threads, random generators, gradient and inference modes, autocast, malloc.
#include "flowtorch.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <malloc.h>

#include <memory>
#include <mutex>

FLOW_API const char* flow_torch_version() { return TORCH_VERSION; }

FLOW_API const char* flow_torch_build() {
  static const std::string text = at::show_config();
  return text.c_str();
}

namespace {

// Its name changed between versions.
template <typename Hooks>
auto count_devices(const Hooks& hooks, int) -> decltype(static_cast<int>(hooks.deviceCount())) { return hooks.deviceCount(); }

template <typename Hooks>
auto count_devices(const Hooks& hooks, long) -> decltype(static_cast<int>(hooks.getNumGPUs())) { return hooks.getNumGPUs(); }

}  // namespace

FLOW_API int flow_cuda_devices() { return at::hasCUDA() ? count_devices(at::detail::getCUDAHooks(), 0) : 0; }

FLOW_API int flow_get_threads() { return at::get_num_threads(); }

FLOW_API int flow_set_threads(int32_t count) {
  return flow::guarded([&] {
    // A thread's first parallel region takes the count that any thread set last; having it happen here lets this thread's own stand.
    at::internal::lazy_init_num_threads();
    at::set_num_threads(count);
  });
}

// Keeps freed memory in the process instead of giving it back to the kernel at every step: a page fault costs 2 to 4 us.
FLOW_API void flow_keep_freed_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_ARENA_MAX, 1);
}

FLOW_API int flow_manual_seed(int64_t seed) {
  return flow::guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

FLOW_API int flow_generator_new(int8_t device_type, int8_t device_index, int64_t seed, at::Generator** out) {
  return flow::guarded([&] {
    const auto device = c10::Device(static_cast<c10::DeviceType>(device_type), device_index);
    auto generator = std::make_unique<at::Generator>(at::globalContext().defaultGenerator(device).clone());
    generator->set_current_seed(static_cast<uint64_t>(seed));
    *out = generator.release();
  });
}

FLOW_API int flow_generator_default(at::Generator** out) {
  return flow::guarded([&] { *out = new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

FLOW_API void flow_generator_free(at::Generator* generator) { delete generator; }

FLOW_API int flow_generator_set_seed(at::Generator* generator, int64_t seed) {
  return flow::guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(static_cast<uint64_t>(seed));
  });
}

FLOW_API int flow_generator_seed(at::Generator* generator, int64_t* seed) {
  return flow::guarded([&] { *seed = static_cast<int64_t>(generator->current_seed()); });
}

FLOW_API int flow_generator_get_state(at::Generator* generator, flow::Handle* state) {
  return flow::guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    *state = flow::new_handle(generator->get_state());
  });
}

FLOW_API int flow_generator_set_state(at::Generator* generator, flow::Handle state) {
  return flow::guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_state(*state);
  });
}

FLOW_API int flow_grad_mode() { return c10::GradMode::is_enabled(); }

FLOW_API void flow_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

FLOW_API int flow_inference_mode() { return c10::InferenceMode::is_enabled(); }

FLOW_API void* flow_inference_mode_enter(int32_t enabled) { return new c10::InferenceMode(enabled != 0); }

FLOW_API void flow_inference_mode_leave(void* mode) { delete static_cast<c10::InferenceMode*>(mode); }

// dtype < 0 switches autocast off. Leaving the outermost region clears the cache of cast weights.
FLOW_API int flow_autocast(int8_t device_type, int8_t dtype) {
  return flow::guarded([&] {
    const bool enabled = dtype >= 0;
    const auto device = static_cast<c10::DeviceType>(device_type);
#if FLOW_TORCH_AT_LEAST(2, 4)
    if (enabled) at::autocast::set_autocast_dtype(device, static_cast<at::ScalarType>(dtype));
    at::autocast::set_autocast_enabled(device, enabled);
#else
    if (device == c10::DeviceType::CPU) {
      if (enabled) at::autocast::set_autocast_cpu_dtype(static_cast<at::ScalarType>(dtype));
      at::autocast::set_cpu_enabled(enabled);
    } else {
      if (enabled) at::autocast::set_autocast_gpu_dtype(static_cast<at::ScalarType>(dtype));
      at::autocast::set_enabled(enabled);
    }
#endif
    if (!enabled) at::autocast::clear_cache();
  });
}

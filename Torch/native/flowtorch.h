// The C ABI between Flow.Torch and libtorch: shared by every .cpp file of this folder.
//
// Rules: a function returns 0, or 1 when libtorch refused; the text is then in flow_last_error() of the same thread. No C++
// exception crosses the border. A handle is a heap-allocated at::Tensor owned by the managed side, freed by flow_tensor_free.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#define FLOW_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

#define FLOW_API extern "C" __attribute__((visibility("default")))

namespace flow {

using Handle = at::Tensor*;

// c10::optional in old versions of libtorch, std::optional in new ones: whatever this version's own interface uses.
template <typename T>
using optional = decltype(std::declval<c10::IValue&>().toOptional<T>());

void set_last_error(std::string text);

// A new handle, counted; nullptr for an undefined tensor.
Handle new_handle(at::Tensor tensor);

// Runs body and turns every exception into error code 1 with one clean line of text (no C++ backtrace).
template <typename Body>
int guarded(Body&& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& error) {
    set_last_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("an unknown C++ exception");
  }
  return 1;
}

}  // namespace flow

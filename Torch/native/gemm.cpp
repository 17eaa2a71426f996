// The sgemm of each library in this process, called directly: what torch.mm's speed is measured against.
#include "flowtorch.h"

#include <dlfcn.h>

namespace {

using Blas = void (*)(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*, const float*,
                      const int*, const float*, float*, const int*);
using Dnnl = int (*)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t, float, float*, int64_t);

void* symbol(const char* name, const char* library) {
  if (void* found = dlsym(RTLD_DEFAULT, name)) return found;
  void* handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
  return handle == nullptr ? nullptr : dlsym(handle, name);
}

}  // namespace

// c = a b for square row-major matrices. library: 0 OpenBLAS or whatever sgemm_ is, 1 oneDNN. Answers 2 where it is not loaded.
FLOW_API int flow_sgemm(int32_t library, int32_t size, const float* a, const float* b, float* c) {
  const float one = 1, zero = 0;
  if (library == 0) {
    static const auto multiply = reinterpret_cast<Blas>(symbol("sgemm_", "libopenblas.so.0"));
    if (multiply == nullptr) return 2;
    // Column-major c^T = b^T a^T is row-major c = a b.
    multiply("N", "N", &size, &size, &size, &one, b, &size, a, &size, &zero, c, &size);
    return 0;
  }
  static const auto multiply = reinterpret_cast<Dnnl>(symbol("dnnl_sgemm", "libdnnl.so.2"));
  if (multiply == nullptr) return 2;
  multiply('N', 'N', size, size, size, one, a, size, b, size, zero, c, size);
  return 0;
}

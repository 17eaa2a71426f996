#include "kernels.h"

namespace flow {
namespace {

// 8 x 2 accumulators of 16 floats each fit the registers of this instruction set.
constexpr int kLanes = 16, kTileRows = 8, kTileVecs = 2;

}  // namespace

#include "kernels_body.h"

const Kernels kernels_avx512 = FLOW_KERNEL_TABLE("avx512");

}  // namespace flow

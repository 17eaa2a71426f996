#include "kernels.h"

namespace flow {
namespace {

// 4 x 3 accumulators of 8 floats each fit the registers of this instruction set.
constexpr int kLanes = 8, kTileRows = 4, kTileVecs = 3;

}  // namespace

#include "kernels_body.h"

const Kernels kernels_avx2 = FLOW_KERNEL_TABLE("avx2");

}  // namespace flow

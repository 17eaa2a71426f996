#include "kernels.h"

namespace flow {
namespace {

// 6 x 2 accumulators of 8 floats each, two loads and one broadcast value fit the registers of this instruction set.
constexpr int kLanes = 8, kTileRows = 6, kTileVecs = 2;

}  // namespace

#include "kernels_body.h"

const Kernels kernels_avx2 = FLOW_KERNEL_TABLE("avx2");

}  // namespace flow

// Everything that a set of kernels consists of; the .cpp file defines kLanes, kTileRows, kTileVecs and the name first.
#include "kernels_vector.h"
#include "kernels_attention.h"
#include "kernels_rows.h"
#include "kernels_block.h"

#define FLOW_KERNEL_TABLE(name)                                                                                                  \
  {name, attention_scratch, attention_forward, attention_backward, norm_modulate, norm_modulate_backward, gated_residual,       \
   gated_residual_backward, bias_gelu, bias_gelu_backward, silu, few_rows, block_scratch, block_project, block_finish,          \
   final_project, adamw, blend, sum_of_squares}

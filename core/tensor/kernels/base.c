#define TABLE ph_kernels_base
#define NAME "base"
#include "core/tensor/kernels/rows.h"

/* SPDX-License-Identifier: Apache-2.0 */
/* kern/isa_end.h -- after a template: forget the instruction set. */
#undef NAME
#undef ISA
#undef LANES
#undef VF
#undef VI
#undef VB
#undef V_FMA
#undef V_MAX
#undef V_MIN
#undef V_FIRST
#undef V_LOAD_PART
#undef V_STORE_PART

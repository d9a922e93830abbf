/* SPDX-License-Identifier: Apache-2.0 */
/* kern/isa_base.h -- vectors that every processor of the architecture has.
 *
 * Templates are included once per instruction set between isa_NAME.h, which
 * says how wide a vector is, and isa_end.h.  All three define
 *     NAME(f)   f with the set's suffix
 *     ISA       attribute of every function of the template
 *     VF, VI, VB  a vector of LANES floats, of as many int32, of bytes
 *     V_FMA(a, b, c), V_MAX(a, b), V_MIN(a, b)
 *     V_LOAD_PART(p, n), V_STORE_PART(p, v, n)  the first N < LANES elements,
 *                     the others 0 or as they are
 * V_MAX and V_MIN give B if one of them is NaN.
 */
#define NAME(f) f##_base
#define ISA
#define LANES 4
#define VF vf4
#define VI vi4
#define VB vb4
#define V_FMA(a, b, c) ((a) * (b) + (c))
#define V_MAX(a, b) v_select4((a) > (b), (a), (b))
#define V_MIN(a, b) v_select4((a) < (b), (a), (b))
#define V_LOAD_PART(p, n) v_load_part4(p, n)
#define V_STORE_PART(p, v, n) v_store_part4(p, v, n)

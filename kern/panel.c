/* SPDX-License-Identifier: Apache-2.0 */
/* kern/panel.c -- few rows times a matrix that is packed once. */
#include <string.h>

#include "kern/panel.h"
#include "kern/vec.h"

enum { PANEL = 64 };

size_t kern_panel_floats(size_t n, size_t k)
{
	return (n + PANEL - 1) / PANEL * PANEL * k;
}

void kern_panel_pack(const void *m, size_t n, size_t k, float *packed)
{
	const char *from = m;

	if (n % PANEL)
		memset(packed + n / PANEL * PANEL * k, 0,
		       PANEL * k * sizeof(*packed));
	for (size_t j = 0; j < n; j++) {
		float *to = packed + j / PANEL * PANEL * k + j % PANEL;

		for (size_t l = 0; l < k; l++)
			memcpy(to + l * PANEL, from + (j * k + l) * sizeof(*to),
			       sizeof(*to));
	}
}

#include "kern/isa_base.h"
#include "kern/lanes_tmpl.h"
#include "kern/panel_tmpl.h"
#include "kern/isa_end.h"

#if HAVE_X86
#include "kern/isa_avx2.h"
#include "kern/lanes_tmpl.h"
#include "kern/panel_tmpl.h"
#include "kern/isa_end.h"

#include "kern/isa_avx512.h"
#include "kern/lanes_tmpl.h"
#include "kern/panel_tmpl.h"
#include "kern/isa_end.h"
#endif

void kern_panel_times_f32(const float *x, size_t rows, size_t k,
			  const float *packed, size_t n, float *y, size_t ldy)
{
	for (size_t j = 0; j < n; j += PANEL)
		for (size_t i = 0; i < rows; i++)
			DISPATCH(panel, x + i * k, k, packed + j * k,
				 y + i * ldy + j,
				 n - j < PANEL ? n - j : PANEL);
}

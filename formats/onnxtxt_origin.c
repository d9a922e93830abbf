/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnxtxt_origin.c -- see onnxtxt_origin.h. */
#include "formats/onnxtxt_origin.h"

void header_of_model(const struct model *m, struct header_text *out)
{
	(void)m;
	*out = (struct header_text){0};
}

void header_of_function(const struct function *f, struct header_text *out)
{
	(void)f;
	*out = (struct header_text){0};
}

void header_set_model(struct model *m, const struct header_text *h)
{
	(void)m;
	(void)h;
}

void header_set_function(struct model *m, struct function *f,
			 const struct header_text *h)
{
	(void)m;
	(void)f;
	(void)h;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* exec/lower_qresidual.c -- residuals of codes join the convolution.
 *
 *     QLinearAdd (QLinearConv (x, w), z)  ->  QLinearConvAdd (x, w, z)
 */
#include "exec/lower.h"
#include "exec/lower_quant.h"
#include "ops/op.h"
#include "ops/qconv_u8.h"

/* Operand I of N is a convolution that nobody else reads. */
static struct node *own_conv(const struct node *n, uint32_t i)
{
	const struct value *v = node_in(n, i);
	struct node *conv = v ? v->def : NULL;

	if (!conv || !conv->op || !node_is(conv, "", "QLinearConv") ||
	    lower_only_reader(conv) != n)
		return NULL;
	return conv;
}

/* CONV with its sum ADD, whose other operand is number Z. */
static struct node *join(struct node *conv, struct node *add, uint32_t z)
{
	static const char *const attrs[] = {"auto_pad", "dilations",
					    "group",	"kernel_shape",
					    "pads",	"strides"};
	struct value *in[QADD_Y_ZERO + 1];
	struct node_spec spec = {.domain = "",
				 .type = "Identity",
				 .in = in,
				 .nin = COUNT_OF(in),
				 .nout = 1};
	struct node *made;

	for (uint32_t i = 0; i <= QCONV_BIAS; i++)
		in[i] = node_in(conv, i);
	for (uint32_t i = 0; i < 3; i++)
		in[QADD_Z + i] = node_in(add, z + i);
	in[QADD_Y_SCALE] = node_in(add, 6);
	in[QADD_Y_ZERO] = node_in(add, 7);
	made = node_new(add->graph, &spec);
	node_insert_before(made, add);
	for (size_t i = 0; i < COUNT_OF(attrs); i++)
		if (node_attr(conv, attrs[i]))
			node_set_attr(made, node_attr(conv, attrs[i]));
	lower_retype(made, "mlopt", "QLinearConvAdd");
	made->sources = lower_sources(conv, "integer");
	lower_absorb(made, add, "fuse-residual");
	node_remove_dead(conv);
	return made;
}

bool lower_qresidual(struct node *n, struct node **again, struct err *e)
{
	const struct shape *y;

	(void)e;
	if (!n->op || !node_is(n, "com.microsoft", "QLinearAdd") ||
	    !node_out(n, 0))
		return true;
	y = &n->out[0]->type.shape;
	for (uint32_t i = 0; i < 6 && !*again; i += 3) {
		struct node *conv = own_conv(n, i);
		const struct value *z = node_in(n, 3 - i);

		if (!conv || z == node_in(n, i) || z->konst ||
		    !node_in(n, 3 - i + 2) || !node_in(n, 7) ||
		    !shape_is_known(y) || !shape_equal(y, &z->type.shape) ||
		    !shape_equal(y, &conv->out[0]->type.shape))
			continue;
		*again = join(conv, n, 3 - i);
	}
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* passes/quantize_products.c -- integer products with float results.
 *
 *     y = Cast (MatMulInteger (codes of x, codes of w, zeros of both))
 *             * (scale of x * scales of w) [+ bias]
 *
 * and ConvInteger likewise.  ONNX: MatMulInteger-10, ConvInteger-10.
 */
#include "graph/element.h"
#include "passes/quantize_operators.h"

struct node *new_domain_node(struct node *before, const char *domain,
			     const char *type, struct value *const *in,
			     uint32_t nin)
{
	struct node_spec spec = {.domain = domain,
				 .type = type,
				 .in = in,
				 .nin = nin,
				 .nout = 1};
	struct node *n = node_new(before->graph, &spec);

	node_insert_before(n, before);
	return n;
}

bool integer_weight(const struct node *n, struct integer_weight *w)
{
	const struct value *v = node_in(n, 1);
	const struct node *d = v ? v->def : NULL;
	enum dtype t;

	if (!d || !node_is(d, "", "DequantizeLinear") || node_in(d, 2) ||
	    !node_in(d, 0)->konst || node_int(d, "block_size", 0))
		return false;
	*w = (struct integer_weight){node_in(d, 0), node_in(d, 1)};
	t = w->codes->konst->dtype;
	return t == DTYPE_I4 || t == DTYPE_I8;
}

bool weight_codes(struct graph *g, const struct integer_weight *w, bool turn,
		  struct value **out, struct err *e)
{
	const struct tensor *t = w->codes->konst;
	size_t n = tensor_count(t), rows = 1, columns = n;
	struct shape s = t->shape;
	void *data;

	if (turn) {
		rows = (size_t)s.dim[0];
		columns = (size_t)s.dim[1];
		s.dim[0] = (int64_t)columns;
		s.dim[1] = (int64_t)rows;
	}
	if (!new_constant(g, w->codes->name, DTYPE_U8, &s, out, &data, e))
		return false;
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < columns; k++)
			element_set_int(DTYPE_U8, data,
					turn ? k * rows + i : i * columns + k,
					tensor_int(t, i * columns + k) +
						WEIGHT_ZERO);
	return true;
}

bool weight_zeros(struct graph *g, const struct shape *s, struct value **out,
		  struct err *e)
{
	void *data;

	if (!new_constant(g, "", DTYPE_U8, s, out, &data, e))
		return false;
	for (size_t i = 0; i < tensor_count((*out)->konst); i++)
		element_set_int(DTYPE_U8, data, i, WEIGHT_ZERO);
	return true;
}

/* FACTOR times X, a list along a dim with TRAILING dims of 1 behind it. */
static bool along_channels(struct graph *g, const struct tensor *x,
			   double factor, int32_t trailing, struct value **out,
			   struct err *e)
{
	size_t n = tensor_count(x);
	struct shape s = {.rank = 0};
	void *data;

	if (x->shape.rank) {
		s.rank = 1 + trailing;
		for (int32_t i = 0; i < s.rank; i++)
			s.dim[i] = i ? 1 : (int64_t)n;
	}
	if (!new_constant(g, "", DTYPE_F32, &s, out, &data, e))
		return false;
	for (size_t i = 0; i < n; i++)
		element_set_double(DTYPE_F32, data, i,
				   factor * tensor_double(x, i));
	return true;
}

bool product_fits(const struct node *n)
{
	if (!node_is(n, "", "Gemm"))
		return node_is(n, "", "MatMul") || node_is(n, "", "Conv");
	return !node_int(n, "transA", 0) && node_float(n, "alpha", 1) == 1.0f &&
	       node_float(n, "beta", 1) == 1.0f;
}

/* The scales that products of N with X have. */
static bool product_scales(struct node *n, const struct integer_weight *w,
			   const struct coded_value *x, int32_t trailing,
			   struct value **out, struct err *e)
{
	double factor = x->scale->konst ? tensor_double(x->scale->konst, 0) : 1;

	if (!along_channels(n->graph, w->scale->konst, factor, trailing, out,
			    e))
		return false;
	if (!x->scale->konst)
		*out = new_node(n, "Mul", (struct value *[]){x->scale, *out}, 2)
			       ->out[0];
	return true;
}

static bool add_bias(struct node *n, int32_t trailing, struct value **y,
		     struct err *e)
{
	struct value *b = node_in(n, 2);

	if (!b)
		return true;
	if (trailing && !along_channels(n->graph, b->konst, 1, trailing, &b, e))
		return false;
	*y = new_node(n, "Add", (struct value *[]){*y, b}, 2)->out[0];
	return true;
}

bool float_product(struct node *n, const struct integer_weight *w,
		   const struct coded_value *x, struct err *e)
{
	bool conv = node_is(n, "", "Conv");
	int32_t trailing = conv ? w->codes->konst->shape.rank - 2 : 0;
	struct value *in[4] = {x->code, NULL, x->zero}, *scales, *y;
	struct shape scalar = {.rank = 0};
	struct node *p;

	if (!weight_codes(n->graph, w, node_int(n, "transB", 0), &in[1], e) ||
	    !weight_zeros(n->graph, &scalar, &in[3], e) ||
	    !product_scales(n, w, x, trailing, &scales, e))
		return false;
	p = new_node(n, conv ? "ConvInteger" : "MatMulInteger", in, 4);
	if (conv)
		edit_copy_attrs(p, n);
	p = new_node(n, "Cast", &p->out[0], 1);
	node_set_int(p, "to", DTYPE_F32);
	y = new_node(n, "Mul", (struct value *[]){p->out[0], scales}, 2)
		    ->out[0];
	if (!add_bias(n, trailing, &y, e))
		return false;
	y->type = n->out[0]->type;
	value_replace(n->out[0], y);
	return true;
}

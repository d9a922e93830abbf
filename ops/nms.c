/* SPDX-License-Identifier: Apache-2.0 */
/* ops/nms.c -- NonMaxSuppression.
 *
 * Per batch and class: boxes by falling score, of equals the lower index
 * first, each kept unless it overlaps a kept one by more than iou_threshold.
 *     overlap = area of the intersection / area of the union
 * Results are rows (batch, class, box).
 */
#include <inttypes.h>

#include "ops/axes.h"
#include "ops/op.h"

static bool infer_nms(struct infer *c, struct err *e)
{
	const struct shape *boxes = infer_shape(c, 0), *s = infer_shape(c, 1);
	const struct shape y = {.rank = 2, .dim = {DIM_UNKNOWN, 3}};

	if ((boxes->rank >= 0 && boxes->rank != 3) ||
	    (s->rank >= 0 && s->rank != 3))
		return err_set(
			e, ERR_SHAPE,
			"ranks of boxes and scores are %d and %d, want 3",
			boxes->rank, s->rank);
	if (boxes->rank == 3 && boxes->dim[2] >= 0 && boxes->dim[2] != 4)
		return err_set(e, ERR_SHAPE,
			       "boxes have %" PRId64 " numbers, want 4",
			       boxes->dim[2]);
	if (boxes->rank == 3 && s->rank == 3 &&
	    ((boxes->dim[0] >= 0 && s->dim[0] >= 0 &&
	      boxes->dim[0] != s->dim[0]) ||
	     (boxes->dim[1] >= 0 && s->dim[2] >= 0 &&
	      boxes->dim[1] != s->dim[2])))
		return err_set(e, ERR_SHAPE,
			       "boxes and scores disagree on batches or boxes");
	infer_set(c, 0, DTYPE_I64, &y);
	return true;
}

struct box {
	double y1, x1, y2, x2;
};

static double least(double a, double b)
{
	return a < b ? a : b;
}

static double most(double a, double b)
{
	return a > b ? a : b;
}

/* Corners in any order, or centre and size. */
static struct box make_box(const float *p, bool centre)
{
	double a = (double)p[0], b = (double)p[1], c = (double)p[2],
	       d = (double)p[3];

	if (centre)
		return (struct box){b - d / 2, a - c / 2, b + d / 2, a + c / 2};
	return (struct box){least(a, c), least(b, d), most(a, c), most(b, d)};
}

static double area(const struct box *b)
{
	return (b->y2 - b->y1) * (b->x2 - b->x1);
}

static bool overlap(const struct box *a, const struct box *b, double threshold)
{
	double h = least(a->y2, b->y2) - most(a->y1, b->y1);
	double w = least(a->x2, b->x2) - most(a->x1, b->x1);

	if (!(h > 0) || !(w > 0))
		return false;
	return h * w / (area(a) + area(b) - h * w) > threshold;
}

struct nms {
	const float *boxes, *scores; /* of one batch and class */
	size_t count, limit;
	double iou, least_score;
	bool has_score, centre;
};

/* A comes before B: higher score, else lower index. */
static bool before(const struct nms *m, size_t a, size_t b)
{
	return m->scores[a] != m->scores[b] ? m->scores[a] > m->scores[b]
					    : a < b;
}

static void sift_down(const struct nms *m, size_t *heap, size_t n, size_t i)
{
	size_t x = heap[i], child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && before(m, heap[child + 1], heap[child]))
			child++;
		if (!before(m, heap[child], x))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = x;
}

/* The boxes that may be chosen, as a heap with the first on top. */
static size_t candidates(const struct nms *m, size_t *heap)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		if (!m->has_score || (double)m->scores[i] > m->least_score)
			heap[n++] = i;
	for (size_t i = n / 2; i-- > 0;)
		sift_down(m, heap, n, i);
	return n;
}

/* Indices of the boxes kept, in KEPT; returns how many. */
static size_t suppress(const struct nms *m, size_t *heap, size_t *kept)
{
	size_t n = candidates(m, heap), chosen = 0;

	while (n > 0 && chosen < m->limit) {
		size_t best = heap[0], i;
		struct box b = make_box(m->boxes + 4 * best, m->centre);

		heap[0] = heap[--n];
		sift_down(m, heap, n, 0);
		for (i = 0; i < chosen; i++) {
			struct box k = make_box(m->boxes + 4 * kept[i],
						m->centre);

			if (overlap(&b, &k, m->iou))
				break;
		}
		if (i == chosen)
			kept[chosen++] = best;
	}
	return chosen;
}

static size_t scratch_nms(const struct call *c)
{
	const struct shape *s = &call_in(c, 1)->shape;
	size_t per_class = (size_t)s->dim[2];

	/* A heap and the kept boxes of every class. */
	return (per_class + tensor_count(call_in(c, 1))) * sizeof(size_t) +
	       shape_span(s, 0, 2) * sizeof(size_t);
}

static struct nms make_nms(const struct call *c)
{
	struct nms m = {.count = (size_t)call_in(c, 1)->shape.dim[2]};
	const struct tensor *limit = call_in(c, 2);
	int64_t most_boxes = 0;

	if (limit && tensor_count(limit) > 0)
		most_boxes = tensor_int(limit, 0);
	m.limit = most_boxes > 0 ? (size_t)most_boxes : 0;
	m.iou = call_scalar(c, 3, 0);
	m.least_score = call_scalar(c, 4, 0);
	m.has_score = call_in(c, 4) != NULL;
	m.centre = attr_int(c->node, "center_point_box");
	return m;
}

static bool run_nms(const struct call *c, struct err *e)
{
	const struct tensor *boxes = call_in(c, 0), *scores = call_in(c, 1);
	struct nms m = make_nms(c);
	size_t batches = (size_t)scores->shape.dim[0];
	size_t classes = (size_t)scores->shape.dim[1];
	size_t *heap = c->scratch, *kept = heap + m.count;
	size_t *chosen = kept + tensor_count(scores), total = 0, at = 0;
	struct shape y;

	for (size_t k = 0; k < batches * classes; k++) {
		m.boxes = tensor_f32(boxes) + k / classes * m.count * 4;
		m.scores = tensor_f32(scores) + k * m.count;
		chosen[k] = suppress(&m, heap, kept + k * m.count);
		total += chosen[k];
	}
	y = SHAPE((int64_t)total, 3);
	if (!call_alloc(c, 0, DTYPE_I64, &y, e))
		return false;
	for (size_t k = 0; call_out(c, 0) && k < batches * classes; k++)
		for (size_t i = 0; i < chosen[k]; i++, at += 3) {
			int64_t *row = tensor_i64_mut(call_out(c, 0)) + at;

			row[0] = (int64_t)(k / classes);
			row[1] = (int64_t)(k % classes);
			row[2] = (int64_t)kept[k * m.count + i];
		}
	return true;
}

static const struct kernel kernels[] = {{.name = "nms",
					 .engine = "reference",
					 .scratch = scratch_nms,
					 .run = run_nms},
					{0}};

#define NMS(opset)                                                         \
	{                                                                  \
		.domain = "", .type = "NonMaxSuppression", .since = opset, \
		.traits = OP_DATA_SHAPE,                                   \
		.in = PARAMS(                                              \
			IN("boxes", NULL, TYPE_BIT(F32)),                  \
			IN("scores", NULL, TYPE_BIT(F32)),                 \
			OPTIONAL("max_output_boxes_per_class", NULL,       \
				 TYPES_I64),                               \
			OPTIONAL("iou_threshold", NULL, TYPE_BIT(F32)),    \
			OPTIONAL("score_threshold", NULL, TYPE_BIT(F32))), \
		.out = PARAMS(IN("selected_indices", NULL, TYPES_I64)),    \
		.attrs = ATTRS(ATTR("center_point_box", INT, "0")),        \
		.infer = infer_nms, .kernels = kernels,                    \
	}

const struct op op_rows_nms[] = {NMS(10), NMS(11), {0}};

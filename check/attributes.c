/* SPDX-License-Identifier: Apache-2.0 */
/* check/attributes.c -- references to parameters, and words from a list. */
#include <string.h>

#include "check/check.h"

/*
 * What string attributes may say (the operators' texts in ONNX 1.23).  TYPE
 * NULL: every operator that has the attribute.  The first row that fits counts.
 */
static const struct choice {
	const char *type, *attr, *words;
} choices[] = {
	{NULL, "auto_pad", "NOTSET SAME_UPPER SAME_LOWER VALID"},
	{NULL, "direction", NULL}, /* of two kinds: below */
	{"Pad", "mode", "constant reflect edge wrap"},
	{"Resize", "mode", "nearest linear cubic"},
	{"Upsample", "mode", "nearest linear bilinear"},
	{"DepthToSpace", "mode", "DCR CRD"},
	{"GridSample", "mode", "bilinear nearest bicubic linear cubic"},
	{"RoiAlign", "mode", "avg max"},
	{"TensorScatter", "mode", "linear circular"},
	{"TfIdfVectorizer", "mode", "TF IDF TFIDF"},
	{"Resize", "coordinate_transformation_mode",
	 "half_pixel half_pixel_symmetric pytorch_half_pixel align_corners "
	 "asymmetric tf_half_pixel_for_nn tf_crop_and_resize"},
	{"RoiAlign", "coordinate_transformation_mode",
	 "half_pixel output_half_pixel"},
	{"Resize", "nearest_mode",
	 "round_prefer_floor round_prefer_ceil floor ceil"},
	{"Resize", "keep_aspect_ratio_policy",
	 "stretch not_larger not_smaller"},
	{"ScatterND", "reduction", "none add mul max min"},
	{"ScatterElements", "reduction", "none add mul max min"},
	{NULL, "reduction", "none mean sum"},
	{"GridSample", "padding_mode", "zeros border reflection"},
	{"Gelu", "approximate", "none tanh"},
	{"StringNormalizer", "case_change_action", "LOWER UPPER NONE"},
	{"Cast", "round_mode", "up down nearest"},
	{"CastLike", "round_mode", "up down nearest"},
	{NULL, "post_transform", "NONE SOFTMAX LOGISTIC SOFTMAX_ZERO PROBIT"},
	{"Normalizer", "norm", "MAX L1 L2"},
	{NULL, "kernel_type", "LINEAR POLY RBF SIGMOID"},
};

static const char direction_of_shift[] = "LEFT RIGHT";
static const char direction_of_rnn[] = "forward reverse bidirectional";

static const char *words_of(const struct node *n, const char *attr)
{
	for (size_t i = 0; i < COUNT_OF(choices); i++) {
		const struct choice *x = &choices[i];

		if (strcmp(x->attr, attr) ||
		    (x->type && strcmp(x->type, n->type)))
			continue;
		if (x->words)
			return x->words;
		return !strcmp(n->type, "BitShift") ? direction_of_shift
						    : direction_of_rnn;
	}
	return NULL;
}

static bool is_word(const char *words, const char *text, size_t len)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (n == len && !memcmp(words, text, n))
			return true;
		words += n;
		words += *words == ' ';
	}
	return false;
}

static void check_choice(struct checker *c, const struct node *n,
			 const struct attr *x)
{
	const char *words = words_of(n, x->name);

	if (words && !is_word(words, x->u.s, x->count))
		findings_add(c->found, RULE_ATTRIBUTE_VALUE,
			     &(struct where){.node = n, .value = x->name},
			     "attribute '%s' is '%.*s', want one of %s",
			     x->name, x->count < 60 ? (int)x->count : 60,
			     x->u.s, words);
}

static void check_reference(struct checker *c, const struct function *f,
			    const struct node *n, const struct attr *x)
{
	const struct where at = {.node = n, .value = x->name};

	if (!f)
		findings_add(c->found, RULE_ATTRIBUTE_REFERENCE, &at,
			     "attribute '%s' refers to '%s', which only a "
			     "function can have",
			     x->name, x->ref);
	else if (!function_has_parameter(f, x->ref))
		findings_add(c->found, RULE_ATTRIBUTE_REFERENCE, &at,
			     "attribute '%s' refers to '%s', which is no "
			     "parameter of function '%s'",
			     x->name, x->ref, f->name);
}

void check_attributes(struct checker *c)
{
	for (uint32_t i = 0; i < c->graphs.count; i++) {
		const struct function *f = c->graphs.at[i].function;
		const struct graph *g = c->graphs.at[i].graph;

		for (const struct node *n = g->first; n; n = n->next)
			for (uint32_t k = 0; k < n->nattr; k++) {
				const struct attr *x = &n->attr[k];

				if (x->ref)
					check_reference(c, f, n, x);
				else if (n->op && x->kind == ATTR_STRING)
					check_choice(c, n, x);
			}
	}
}

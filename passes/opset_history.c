/* SPDX-License-Identifier: Apache-2.0 */
/* passes/opset_history.c -- see opset_history.h.
 *
 * Source: the schemas of ONNX 1.23, versions 1 to 28 of ai.onnx.
 */
#include "passes/opset_history.h"

#include <string.h>

#include "base/str.h"
#include "ops/types.h"

#define INT2 (TYPE_BIT(U2) | TYPE_BIT(I2))
#define INT4 (TYPE_BIT(U4) | TYPE_BIT(I4))
#define FLOAT6 (TYPE_BIT(F6E2M3) | TYPE_BIT(F6E3M2))
#define WIDE (TYPE_BIT(I32) | TYPE_BIT(I64) | TYPE_BIT(U32) | TYPE_BIT(U64))
#define NARROW (TYPE_BIT(I8) | TYPE_BIT(I16) | TYPE_BIT(U8) | TYPE_BIT(U16))
#define COMPLEX (TYPE_BIT(C64) | TYPE_BIT(C128))
#define NOT_FLOAT (TYPES_INT | TYPE_BIT(BOOL) | TYPE_BIT(STRING) | COMPLEX)

/* Which operands and results a row speaks of. */
#define ANYWHERE UINT32_C(0xffffffff)
#define OPERAND(i) (UINT32_C(1) << (i))
#define RESULT(i) (UINT32_C(1) << (16 + (i)))

/* Element types that OPS take from opset SINCE on, not before. */
struct widening {
	int since;
	uint32_t types, where;
	const char *ops; /* separated by single spaces */
};

/* Operators that an opset brought. */
struct came {
	int since;
	const char *ops;
};

static const struct widening widenings[] = {
	{2, NOT_FLOAT, ANYWHERE, "Split"},
	{4, NOT_FLOAT, ANYWHERE, "Concat"},
	{5, NOT_FLOAT, ANYWHERE, "Reshape"},
	{6, WIDE, ANYWHERE, "Add Div Mul Sub"},
	{6, TYPES_SIGNED, ANYWHERE, "Neg"},
	{6, TYPES_INT, ANYWHERE, "Abs"},
	{6, NOT_FLOAT, ANYWHERE, "Tile"},
	{7,
	 TYPES_UNSIGNED | COMPLEX | TYPE_BIT(I16) | TYPE_BIT(I8) |
		 TYPE_BIT(STRING),
	 ANYWHERE, "Upsample"},
	{9, TYPE_BIT(STRING), ANYWHERE, "Cast"},
	{9, WIDE, ANYWHERE, "Gemm MatMul PRelu"},
	{9, TYPES_INT, ANYWHERE, "Greater Less"},
	{9, NOT_FLOAT, ANYWHERE, "Constant Flatten"},
	{9,
	 TYPES_UNSIGNED | COMPLEX | TYPE_BIT(BOOL) | TYPE_BIT(F16) |
		 TYPE_BIT(F32) | TYPE_BIT(F64) | TYPE_BIT(I16) | TYPE_BIT(I32) |
		 TYPE_BIT(I8) | TYPE_BIT(STRING),
	 OPERAND(0), "Scan"},
	{10, TYPE_BIT(BOOL), ANYWHERE, "Dropout"},
	{11, TYPE_BIT(F16) | TYPE_BIT(F64), OPERAND(1), "Resize"},
	{11, TYPES_INT, ANYWHERE, "Pad"},
	{11, TYPES_INT, OPERAND(0) | RESULT(0), "TopK"},
	{11,
	 TYPES_UNSIGNED | TYPE_BIT(F16) | TYPE_BIT(F32) | TYPE_BIT(F64) |
		 TYPE_BIT(I16) | TYPE_BIT(I8),
	 ANYWHERE, "Equal"},
	{12, TYPE_BIT(I8) | TYPE_BIT(U8), ANYWHERE,
	 "MaxPool ReduceMax ReduceMin"},
	{12, TYPES_INT, ANYWHERE, "Clip Max Min Pow"},
	{13, TYPE_BIT(BF16), ANYWHERE,
	 "Abs Add ArgMax ArgMin Cast Ceil Clip Concat Constant "
	 "DepthToSpace Div Dropout Equal Erf Exp Expand Flatten Floor "
	 "Gather GatherElements GatherND Gemm Greater Hardmax Identity "
	 "IsNaN LRN Less Log LogSoftmax MatMul Max Mean "
	 "MeanVarianceNormalization Min Mod Mul Neg NonZero Pow "
	 "Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp "
	 "ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
	 "ReduceSumSquare Relu Reshape Resize ScatterElements "
	 "ScatterND Shape Sigmoid Sign Size Slice Softmax "
	 "SoftmaxCrossEntropyLoss SpaceToDepth Split Sqrt Squeeze Sub "
	 "Sum Tanh Tile Transpose Unsqueeze"},
	{13, COMPLEX | TYPE_BIT(BF16) | TYPE_BIT(BOOL) | TYPE_BIT(STRING),
	 ANYWHERE, "Pad"},
	{14, TYPE_BIT(BF16), ANYWHERE, "BatchNormalization"},
	{14, TYPE_BIT(BF16) | TYPE_BIT(F16), ANYWHERE, "CumSum"},
	{14, NARROW, ANYWHERE, "Add Div Mul Sub"},
	{14, TYPES_SIGNED, ANYWHERE, "Relu"},
	{15, TYPE_BIT(BF16), OPERAND(1), "Pow"},
	{16, TYPE_BIT(BF16), ANYWHERE,
	 "GreaterOrEqual If LeakyRelu LessOrEqual Loop PRelu Scan "
	 "Where"},
	{19, TYPE_BIT(STRING), ANYWHERE, "Equal"},
	{19, TYPE_BIT(BF16) | TYPE_BIT(F16), OPERAND(0), "QuantizeLinear"},
	{19, TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(I32), OPERAND(1),
	 "QuantizeLinear"},
	{19, TYPES_FLOAT8, ANYWHERE,
	 "Cast CastLike Constant Identity If Loop Reshape Scan Shape "
	 "Size"},
	{19, TYPES_FLOAT8, OPERAND(2) | RESULT(0), "QuantizeLinear"},
	{19, TYPES_FLOAT8 | TYPE_BIT(BF16) | TYPE_BIT(F16), ANYWHERE,
	 "DequantizeLinear"},
	{20, TYPE_BIT(BOOL), ANYWHERE, "ReduceMax ReduceMin"},
	{20, TYPES_FLOAT8, ANYWHERE, "IsNaN"},
	{20, TYPES_FLOAT8 | TYPE_BIT(BF16), ANYWHERE, "ConstantOfShape"},
	{20, TYPES_FLOAT8 | TYPE_BIT(BF16) | TYPE_BIT(F16), ANYWHERE, "IsInf"},
	{21, INT4, ANYWHERE,
	 "Cast CastLike Constant ConstantOfShape Identity If Loop "
	 "Reshape Scan Shape Size"},
	{21, INT4 | TYPE_BIT(I16) | TYPE_BIT(U16), ANYWHERE,
	 "DequantizeLinear QuantizeLinear"},
	{21, TYPES_FLOAT8 | INT4, ANYWHERE,
	 "Flatten Pad Squeeze Transpose Unsqueeze"},
	{21, TYPES_FLOAT8 | TYPE_BIT(BF16) | TYPE_BIT(F16), ANYWHERE,
	 "QLinearMatMul"},
	{22, TYPE_BIT(BF16), ANYWHERE,
	 "Acos Acosh Asin Asinh Atan Atanh AveragePool Conv "
	 "ConvTranspose Cos Cosh DeformConv Det Elu EyeLike GRU "
	 "GlobalAveragePool GlobalLpPool GlobalMaxPool GridSample "
	 "HardSigmoid HardSwish InstanceNormalization LSTM "
	 "LpNormalization LpPool MaxPool MaxRoiPool MaxUnpool Mish "
	 "Multinomial NegativeLogLikelihoodLoss RNN RandomNormal "
	 "RandomNormalLike RandomUniform RandomUniformLike RoiAlign "
	 "Round Selu Sin Sinh Softplus Softsign Tan ThresholdedRelu"},
	{22, TYPE_BIT(BF16), OPERAND(0), "Bernoulli"},
	{22, TYPES_FLOAT8, OPERAND(0) | RESULT(0), "Dropout"},
	{22, TYPES_FLOAT8 | TYPE_BIT(BF16), OPERAND(1), "Dropout"},
	{23, TYPE_BIT(F4E2M1), ANYWHERE,
	 "Cast CastLike Constant ConstantOfShape DequantizeLinear "
	 "Flatten Identity If Loop Pad QuantizeLinear Reshape Scan "
	 "Shape Size Squeeze Transpose Unsqueeze"},
	{24, TYPE_BIT(F8E8M0), ANYWHERE,
	 "Cast CastLike Constant ConstantOfShape DequantizeLinear "
	 "Flatten Identity If Loop Pad QuantizeLinear Reshape Scan "
	 "Shape Size Squeeze Transpose Unsqueeze"},
	{24, TYPE_BIT(BF16), ANYWHERE, "SplitToSequence TopK"},
	{25, INT2, ANYWHERE,
	 "Cast CastLike Constant ConstantOfShape DequantizeLinear "
	 "Flatten Identity If Loop Pad QuantizeLinear Reshape Scan "
	 "Shape Size Squeeze Transpose Unsqueeze"},
	{27, TYPE_BIT(BF16) | TYPE_BIT(F16), ANYWHERE, "Range"},
	{28, TYPE_BIT(BF16), ANYWHERE,
	 "Compress Einsum OneHot ReverseSequence Unique"},
	{28, FLOAT6, ANYWHERE, "Cast DequantizeLinear QuantizeLinear"},
	{28, TYPE_BIT(BF16) | TYPE_BIT(F16) | TYPE_BIT(F64), ANYWHERE, "Celu"},
	{28, TYPES_SIGNED, ANYWHERE, "BitShift"},
	{28,
	 TYPES_FLOAT8 | INT2 | INT4 | FLOAT6 | TYPE_BIT(BF16) |
		 TYPE_BIT(F4E2M1) | TYPE_BIT(F8E8M0),
	 ANYWHERE, "Optional OptionalGetElement OptionalHasElement"},
};
static const struct came came[] = {
	{1, "Abs Add And ArgMax ArgMin AveragePool BatchNormalization "
	    "Cast Ceil Clip Concat Constant Conv ConvTranspose "
	    "DepthToSpace Div Dropout Elu Equal Exp Flatten Floor GRU "
	    "Gather Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool "
	    "Greater HardSigmoid Hardmax Identity If "
	    "InstanceNormalization LRN LSTM LeakyRelu Less Log LogSoftmax "
	    "Loop LpNormalization LpPool MatMul Max MaxPool MaxRoiPool "
	    "Mean Min Mul Neg Not Or PRelu Pad Pow RNN RandomNormal "
	    "RandomNormalLike RandomUniform RandomUniformLike Reciprocal "
	    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax "
	    "ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare "
	    "Relu Reshape Selu Shape Sigmoid Size Slice Softmax Softplus "
	    "Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile "
	    "TopK Transpose Unsqueeze Upsample Xor"},
	{7, "Acos Asin Atan Cos Multinomial Sin Tan"},
	{8, "Expand Scan"},
	{9, "Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike "
	    "IsNaN MaxUnpool MeanVarianceNormalization NonZero OneHot "
	    "Scatter Shrink Sign Sinh TfIdfVectorizer Where"},
	{10, "ConvInteger DequantizeLinear IsInf MatMulInteger Mod "
	     "NonMaxSuppression QLinearConv QLinearMatMul QuantizeLinear "
	     "Resize ReverseSequence RoiAlign StringNormalizer "
	     "ThresholdedRelu"},
	{11, "BitShift ConcatFromSequence CumSum Det DynamicQuantizeLinear "
	     "GatherElements GatherND Range Round ScatterElements "
	     "ScatterND SequenceAt SequenceConstruct SequenceEmpty "
	     "SequenceErase SequenceInsert SequenceLength SplitToSequence "
	     "Unique"},
	{12, "Celu Einsum GreaterOrEqual LessOrEqual "
	     "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss"},
	{14, "HardSwish Trilu"},
	{15, "Bernoulli CastLike Optional OptionalGetElement "
	     "OptionalHasElement"},
	{16, "GridSample"},
	{17, "BlackmanWindow DFT HammingWindow HannWindow "
	     "LayerNormalization MelWeightMatrix STFT SequenceMap"},
	{18, "BitwiseAnd BitwiseNot BitwiseOr BitwiseXor CenterCropPad "
	     "Col2Im GroupNormalization Mish"},
	{19, "DeformConv"},
	{20, "AffineGrid Gelu ImageDecoder RegexFullMatch StringConcat "
	     "StringSplit"},
	{23, "Attention RMSNormalization RotaryEmbedding"},
	{24, "Swish TensorScatter"},
	{26, "BitCast CumProd"},
	{27, "CausalConvWithState LinearAttention"},
	{28, "SwiGLU"},
};

/* Element types that an operator lost. */
static const struct widening narrowings[] = {
	{13, TYPES_INT, ANYWHERE, "Erf"},
	{28, WIDE, OPERAND(0), "ReduceLogSum ReduceLogSumExp"},
};

/* Containers: what they hold is judged by the tables above. */
static const struct {
	int since;
	enum type_kind kind;
	const char *ops;
} containers[] = {
	{13, TYPE_SEQUENCE, "If Loop"},
	{14, TYPE_SEQUENCE, "Identity"},
	{16, TYPE_OPTIONAL, "Identity If Loop"},
	{18, TYPE_SEQUENCE, "OptionalGetElement OptionalHasElement"},
};

/* Attributes that came later: as NEUTRAL they say what was meant before
 * without them.  "*" is any value, "1s" a list of ones, NULL is none. */
static const struct {
	int since;
	const char *ops, *name, *neutral;
} attrs[] = {
	{3, "GRU", "linear_before_reset", "0"},
	{7, "AveragePool", "count_include_pad", "0"},
	{8, "MaxPool", "storage_order", "0"},
	{10, "AveragePool MaxPool", "ceil_mode", "0"},
	{10, "MaxPool", "dilations", "1s"},
	{11, "DepthToSpace", "mode", "DCR"},
	{11, "TopK", "largest", "1"},
	{11, "TopK", "sorted", "*"},
	{12, "ArgMax ArgMin", "select_last_index", "0"},
	{12, "Dropout", "seed", "*"},
	{12, "GatherND", "batch_dims", "0"},
	{13, "DequantizeLinear QuantizeLinear", "axis", "*"},
	{14, "BatchNormalization", "training_mode", "0"},
	{14, "GRU LSTM RNN", "layout", "0"},
	{14, "Reshape", "allowzero", "0"},
	{15, "Shape", "start", "0"},
	{16, "ScatterElements ScatterND", "reduction", "none"},
	{18, "LpPool", "ceil_mode", "0"},
	{18, "LpPool", "dilations", "1s"},
	{18, "Resize", "antialias", "0"},
	{18, "Resize", "keep_aspect_ratio_policy", "stretch"},
	{18,
	 "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean "
	 "ReduceMin ReduceProd ReduceSumSquare",
	 "noop_with_empty_axes", "0"},
	{13, "ReduceSum", "noop_with_empty_axes", "0"},
	{19, "AveragePool", "dilations", "1s"},
	/* Says something of 8-bit floats alone, which come with it. */
	{19, "Cast CastLike QuantizeLinear", "saturate", "*"},
	{21, "DequantizeLinear QuantizeLinear", "block_size", "0"},
	{21, "GroupNormalization", "stash_type", "1"},
	{21, "QuantizeLinear", "output_dtype", "0"},
	{23, "DequantizeLinear", "output_dtype", "0"},
	{23, "QuantizeLinear", "precision", "0"},
	{24, "Cast CastLike", "round_mode", "*"},
	{25, "Attention", "left_window_size", "-1"},
	{25, "Attention", "right_window_size", "-1"},
	{27, "Range", "stash_type", "1"},
	{28, "SpaceToDepth", "mode", "DCR"},
};

/* Attributes that went and said nothing of the result. */
static const struct {
	int until;
	const char *ops, *name;
} gone[] = {
	{6,
	 "Abs Add BatchNormalization Ceil Clip Div Dropout Elu Exp Floor "
	 "HardSigmoid InstanceNormalization LeakyRelu Log Max Mean Min Mul Neg "
	 "PRelu Reciprocal Relu Selu Sigmoid Sqrt Sub Sum Tanh",
	 "consumed_inputs"},
	{5, "Reshape", "consumed_inputs"},
	{7, "GRU LSTM RNN", "output_sequence"},
};

/* Operands that came later. */
static const struct {
	int since;
	const char *op, *name;
	uint32_t operand;
} operands[] = {
	{24, "Attention", "nonpad_kv_seqlen", 6},
};

/* Whether LIST has the word NAME. */
static bool has_word(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += n)
		if ((at == list || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
			return true;
	return false;
}

/* ---- types -------------------------------------------------------------- */

/* The element type of T is among TYPES; that of a container's, too. */
static bool type_among(const struct type *t, uint32_t types, enum dtype *which)
{
	for (; t; t = t->elem)
		if (t->dtype != DTYPE_NONE && types >> t->dtype & 1) {
			*which = t->dtype;
			return true;
		}
	return false;
}

static bool has_type(const struct node *n, const struct widening *w,
		     enum dtype *which)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (node_in(n, i) &&
		    (w->where == ANYWHERE || (i < 16 && w->where >> i & 1)) &&
		    type_among(&node_in(n, i)->type, w->types, which))
			return true;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] &&
		    (w->where == ANYWHERE ||
		     (i < 16 && w->where >> (16 + i) & 1)) &&
		    type_among(&n->out[i]->type, w->types, which))
			return true;
	return false;
}

static bool types_fit(const struct node *n, int to, struct err *e)
{
	enum dtype t;

	for (size_t i = 0; i < COUNT_OF(widenings); i++)
		if (widenings[i].since > to &&
		    has_word(widenings[i].ops, n->type) &&
		    has_type(n, &widenings[i], &t))
			return err_set(e, ERR_UNSUPPORTED,
				       "takes %s since opset %d only",
				       dtype_info[t].text, widenings[i].since);
	for (size_t i = 0; i < COUNT_OF(narrowings); i++)
		if (narrowings[i].since <= to &&
		    has_word(narrowings[i].ops, n->type) &&
		    has_type(n, &narrowings[i], &t))
			return err_set(e, ERR_UNSUPPORTED,
				       "takes no %s since opset %d",
				       dtype_info[t].text, narrowings[i].since);
	return true;
}

static bool has_kind(const struct node *n, enum type_kind kind)
{
	for (uint32_t i = 0; i < n->nin; i++)
		if (node_in(n, i) && node_in(n, i)->type.kind == kind)
			return true;
	for (uint32_t i = 0; i < n->nout; i++)
		if (n->out[i] && n->out[i]->type.kind == kind)
			return true;
	return false;
}

static bool containers_fit(const struct node *n, int to, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(containers); i++)
		if (containers[i].since > to &&
		    has_word(containers[i].ops, n->type) &&
		    has_kind(n, containers[i].kind))
			return err_set(e, ERR_UNSUPPORTED,
				       "takes %s since opset %d only",
				       containers[i].kind == TYPE_SEQUENCE
					       ? "sequences"
					       : "optionals",
				       containers[i].since);
	return true;
}

/* ---- attributes --------------------------------------------------------- */

static bool is_neutral(const struct attr *a, const char *neutral)
{
	long long x;

	if (!strcmp(neutral, "*"))
		return true;
	if (a->ref)
		return false;
	switch (a->kind) {
	case ATTR_INT:
		return str_to_int(neutral, &x) && a->u.i == x;
	case ATTR_STRING:
		return !strcmp(a->u.s, neutral);
	case ATTR_INTS:
		for (uint32_t i = 0; i < a->count; i++)
			if (a->u.ints[i] != 1)
				return false;
		return !strcmp(neutral, "1s");
	default:
		return false;
	}
}

bool opset_step_down(struct node *n, int version, struct err *e)
{
	for (size_t i = 0; i < COUNT_OF(attrs); i++) {
		const struct attr *a;

		if (attrs[i].since != version ||
		    !has_word(attrs[i].ops, n->type))
			continue;
		a = node_attr(n, attrs[i].name);
		if (a && !is_neutral(a, attrs[i].neutral))
			return err_set(e, ERR_UNSUPPORTED,
				       "has '%s' since opset %d only",
				       attrs[i].name, version);
		node_drop_attr(n, attrs[i].name);
	}
	for (size_t i = 0; i < COUNT_OF(operands); i++)
		if (operands[i].since == version &&
		    !strcmp(operands[i].op, n->type) &&
		    node_in(n, operands[i].operand))
			return err_set(e, ERR_UNSUPPORTED,
				       "has operand '%s' since opset %d only",
				       operands[i].name, version);
	return true;
}

void opset_step_up(struct node *n, int version)
{
	for (size_t i = 0; i < COUNT_OF(gone); i++)
		if (gone[i].until == version && has_word(gone[i].ops, n->type))
			node_drop_attr(n, gone[i].name);
}

/* ---- operators ---------------------------------------------------------- */

/* The opset that brought TYPE; 0: none did. */
static int came_in(const char *type)
{
	for (size_t i = 0; i < COUNT_OF(came); i++)
		if (has_word(came[i].ops, type))
			return came[i].since;
	return 0;
}

bool opset_fits(const struct node *n, int to, struct err *e)
{
	int since = came_in(n->type);

	if (!since)
		return err_set(e, ERR_UNSUPPORTED, "is not known");
	if (since > to)
		return err_set(e, ERR_UNSUPPORTED, "exists since opset %d only",
			       since);
	return types_fit(n, to, e) && containers_fit(n, to, e);
}

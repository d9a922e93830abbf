/* SPDX-License-Identifier: Apache-2.0 */
/* ops/recurrent_f32.h -- fast kernels for RNN, GRU and LSTM. */
#ifndef OPS_RECURRENT_F32_H
#define OPS_RECURRENT_F32_H

#include "ops/call.h"

bool rnn_f32_accepts(const struct call *c);
bool gru_f32_accepts(const struct call *c);
bool lstm_f32_accepts(const struct call *c);
size_t recurrent_f32_scratch(const struct call *c);
bool rnn_f32_run(const struct call *c, struct err *e);
bool gru_f32_run(const struct call *c, struct err *e);
bool lstm_f32_run(const struct call *c, struct err *e);

/* Few sequences, and what multiplies the state is constant. */
bool rnn_f32_is_narrow(const struct call *c);
bool gru_f32_is_narrow(const struct call *c);
bool lstm_f32_is_narrow(const struct call *c);
bool rnn_f32_prepare(struct call *c, struct err *e);
bool gru_f32_prepare(struct call *c, struct err *e);
bool lstm_f32_prepare(struct call *c, struct err *e);

#define RECURRENT_F32_KERNEL(op)                                           \
	{                                                                  \
		#op "-f32-packed",                                         \
		"blas",                                                    \
		.accepts = op##_f32_is_narrow,                             \
		.scratch = recurrent_f32_scratch,                          \
		.prepare = op##_f32_prepare,                               \
		.packs = 1 << 2,                                           \
		.run = op##_f32_run,                                       \
	},                                                                 \
	{                                                                  \
#op "-f32-blas", "blas", .accepts = op##_f32_accepts,      \
					 .scratch = recurrent_f32_scratch, \
					 .run = op##_f32_run,              \
	}

#endif

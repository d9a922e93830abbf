/* SPDX-License-Identifier: Apache-2.0 */
/* exec/hold.h -- storage of values whose size is decided at run time. */
#ifndef EXEC_HOLD_H
#define EXEC_HOLD_H

#include "ops/call.h"

struct held;

/* Buffers that are released together; zeroed: empty. */
struct hold {
	struct held *first;
};

/* BYTES aligned to BUF_ALIGN in *OUT (never NULL), alive until
 * hold_release(). */
MUST_USE bool hold_alloc(struct hold *h, size_t bytes, struct budget *budget,
			 void **out, struct err *e);
void hold_release(struct hold *h);

/* A deep copy of FROM in *TO, its storage in H. */
MUST_USE bool hold_copy(struct hold *h, struct datum *to,
			const struct datum *from, struct budget *budget,
			struct err *e);

/* What a kernel outside of any plan is offered: storage in HOLD. */
struct hold_services {
	struct services base;
	struct hold *hold;
	struct budget *budget;
};

void hold_serve(struct hold_services *s, struct hold *h, struct budget *budget);

#endif

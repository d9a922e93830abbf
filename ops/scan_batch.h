/* SPDX-License-Identifier: Apache-2.0 */
/* ops/scan_batch.h -- Scan-8, which scans each entry of a batch by itself. */
#ifndef OPS_SCAN_BATCH_H
#define OPS_SCAN_BATCH_H

#include "ops/op.h"

infer_fn infer_scan_batch;
MUST_USE bool run_scan_batch(const struct call *c, struct err *e);

/* How many operands of N from FIRST on are states, and how many scanned. */
MUST_USE bool scan_counts(const struct node *n, uint32_t first,
			  uint32_t *states, uint32_t *scanned, struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* validate/machine.h -- what reports say about the machine. */
#ifndef VALIDATE_MACHINE_H
#define VALIDATE_MACHINE_H

#include "base/arena.h"

/* "AMD EPYC" ...: the processor's own name, or "unknown". */
const char *machine_cpu(struct arena *a);

#endif

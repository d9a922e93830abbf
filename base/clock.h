/* SPDX-License-Identifier: Apache-2.0 */
/* base/clock.h -- monotonic time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Seconds of CLOCK_MONOTONIC since some fixed point. */
double clock_seconds(void);

#endif

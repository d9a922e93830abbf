/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/calibrate_diff.h -- calibrate --diff: drift between two sketches. */
#ifndef CMD_CALIBRATE_DIFF_H
#define CMD_CALIBRATE_DIFF_H

#include "cmd/cmd.h"

/* Report the drift from PATH[0] to PATH[1]; EXIT_GATE if a tensor's PSI is
 * not at most MAX_PSI (NaN: no limit). */
int calibrate_diff(const struct common_opts *c, char **path, double max_psi,
		   struct err *e);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/provenance.h -- how a written model was made, recorded in the model. */
#ifndef CMD_PROVENANCE_H
#define CMD_PROVENANCE_H

#include "cmd/cmd.h"
#include "graph/graph.h"

/*
 * Unless --no-provenance is given, append one line to the metadata property
 * "mlopt" of M: version, command, the options that differ from their
 * defaults (of files only the last part of the name) and the SHA-256 of the
 * files that M was read from.  No time, host, or directory.
 */
void provenance_add(struct model *m, const struct common_opts *c);

#endif

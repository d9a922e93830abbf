/* SPDX-License-Identifier: Apache-2.0 */
/* cmd/progress.c -- how far long work is. */
#include "cmd/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

void progress_begin(struct progress *p, const struct common_opts *c,
		    const char *what, uint64_t total)
{
	*p = (struct progress){.what = what, .total = total};
	p->on = !c->quiet && isatty(STDERR_FILENO);
	p->start = clock_seconds();
	p->next = p->start + 0.5; /* short work shows nothing */
}

void progress_step(struct progress *p, uint64_t done)
{
	double now;

	if (!p->on)
		return;
	now = clock_seconds();
	if (now < p->next)
		return;
	p->next = now + 0.1;
	p->shown = true;
	if (p->total == 0 || done == 0)
		dprintf(STDERR_FILENO, "\r\033[K%s: %llu", p->what,
			(unsigned long long)done);
	else
		dprintf(STDERR_FILENO, "\r\033[K%s: %llu of %llu, %.0f s left",
			p->what, (unsigned long long)done,
			(unsigned long long)p->total,
			(now - p->start) * (double)(p->total - done) /
				(double)done);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->shown = false;
}

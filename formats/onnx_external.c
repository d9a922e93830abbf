/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_external.c -- tensors whose elements lie in another file.
 *
 * Each file is opened once, beneath the directory of the model only
 * (input_open_beneath()), and mapped whole.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/sha1.h"
#include "formats/onnx_payload.h"
#include "graph/finding.h"

struct place {
	const char *location, *checksum;
	uint64_t offset, length;
	bool has_length;
};

/* Decimal digits and nothing else. */
static bool parse_number(const char *text, uint64_t *x)
{
	*x = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || *x > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		*x = *x * 10 + digit;
	}
	return true;
}

static bool take_entry(struct place *place, const char *key, const char *value,
		       struct err *e)
{
	if (!strcmp(key, "location")) {
		place->location = value;
	} else if (!strcmp(key, "offset")) {
		if (!parse_number(value, &place->offset))
			return err_set(e, ERR_FORMAT,
				       "external offset is '%s', want a number "
				       "in 0..2^63-1",
				       value);
	} else if (!strcmp(key, "length")) {
		place->has_length = true;
		if (!parse_number(value, &place->length))
			return err_set(e, ERR_FORMAT,
				       "external length is '%s', want a number "
				       "in 0..2^63-1",
				       value);
	} else if (!strcmp(key, "checksum")) {
		place->checksum = value;
	} else {
		return err_set(e, ERR_FORMAT,
			       "external data has the key '%s', want location, "
			       "offset, length or checksum",
			       key);
	}
	return true;
}

static bool find_place(struct place *place, const Onnx__TensorProto *p,
		       struct err *e)
{
	*place = (struct place){0};
	for (size_t i = 0; i < p->n_external_data; i++) {
		const Onnx__StringStringEntryProto *x = p->external_data[i];

		if (!take_entry(place, x->key ? x->key : "",
				x->value ? x->value : "", e))
			return false;
	}
	if (!place->location || !place->location[0])
		return err_set(e, ERR_FORMAT,
			       "external data has no location, want the name "
			       "of a file beside the model");
	return true;
}

static bool is_model_itself(const struct input *a, const struct input *b)
{
	struct stat x, y;

	return a->fd >= 0 && b->fd >= 0 && !fstat(a->fd, &x) &&
	       !fstat(b->fd, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

static bool open_location(struct onnx_file **out, const char *location,
			  struct onnx_source *s, struct err *e)
{
	struct arena *arena = s->store.arena;
	struct onnx_file *grown;
	struct input in;
	uint32_t i;

	if (map_get(&s->locations, location, &i)) {
		*out = &s->external[i];
		return true;
	}
	if (!s->file || !s->store.model)
		return err_set(e, ERR_UNSUPPORTED,
			       "its data is in the file '%s', want it in this "
			       "one",
			       location);
	if (!input_open_beneath(&in, s->file, location, e))
		return false;
	if (is_model_itself(&in, s->file)) {
		input_close(&in);
		return err_set(e, ERR_FORMAT,
			       "external location '%s' is the model itself, "
			       "want another file",
			       location);
	}
	grown = arena_array(arena, struct onnx_file, s->nexternal + 1);
	if (s->nexternal)
		memcpy(grown, s->external, s->nexternal * sizeof(*grown));
	grown[s->nexternal].location = location;
	grown[s->nexternal].bytes = in.bytes;
	model_keep_input(s->store.model, &in);
	*out = &grown[s->nexternal];
	s->external = grown;
	map_add(&s->locations, location, s->nexternal++);
	return true;
}

/* ---- findings ------------------------------------------------------------ */

struct onnx_range {
	uint64_t begin, end;
	struct onnx_range *next;
};

static void take_range(struct onnx_source *s, struct onnx_file *file,
		       uint64_t begin, uint64_t bytes)
{
	struct onnx_range *r = arena_new(s->store.arena, struct onnx_range);

	*r = (struct onnx_range){begin, begin + bytes, file->ranges};
	file->ranges = r;
}

/* ONNX: "checksum" is the SHA-1 digest of the whole file. */
static void compare_checksum(struct onnx_source *s, struct onnx_file *file,
			     const struct place *place,
			     const Onnx__TensorProto *p)
{
	char hex[SHA1_HEX];

	if (!place->checksum || file->summed)
		return;
	file->summed = true;
	sha1_hex(file->bytes.at, file->bytes.len, hex);
	if (strcasecmp(hex, place->checksum) != 0)
		findings_add(s->found, RULE_EXTERNAL_CHECKSUM,
			     &(struct where){.value = p->name},
			     "the file '%s' has the SHA-1 digest %s, want %s",
			     file->location, hex, place->checksum);
}

static int by_begin(const void *a, const void *b)
{
	const struct onnx_range *x = a, *y = b;

	return (x->begin > y->begin) - (x->begin < y->begin);
}

/* A gap up to where writers align the next tensor. */
static bool is_padding(uint64_t begin, uint64_t end)
{
	return end - begin < 64 || (end % 4096 == 0 && end - begin < 65536);
}

static void note_gaps(struct onnx_source *s, const struct onnx_file *file)
{
	struct onnx_range *sorted, *r;
	uint64_t end = 0, orphans = 0;
	size_t n = 0, i = 0;

	for (r = file->ranges; r; r = r->next)
		n++;
	sorted = arena_array(s->store.arena, struct onnx_range, n + 1);
	for (r = file->ranges; r; r = r->next)
		sorted[i++] = *r;
	sorted[n].begin = sorted[n].end = file->bytes.len;
	qsort(sorted, n, sizeof(*sorted), by_begin);
	for (i = 0; i <= n; i++) {
		if (sorted[i].begin > end && !is_padding(end, sorted[i].begin))
			orphans += sorted[i].begin - end;
		if (sorted[i].end > end)
			end = sorted[i].end;
	}
	if (orphans)
		findings_add(s->found, RULE_ORPHAN_BYTES,
			     &(struct where){.value = file->location},
			     "%" PRIu64 " of the %zu bytes of '%s' belong to "
			     "no tensor",
			     orphans, file->bytes.len, file->location);
}

void onnx_external_note(struct onnx_source *s)
{
	for (uint32_t i = 0; i < s->nexternal; i++)
		note_gaps(s, &s->external[i]);
}

/* ---- reading ------------------------------------------------------------- */

bool onnx_external_read(struct tensor *t, const Onnx__TensorProto *p,
			struct onnx_source *s, struct err *e)
{
	struct place place;
	struct onnx_file *file = NULL;

	if (t->dtype == DTYPE_STRING)
		return err_set(e, ERR_FORMAT,
			       "strings are external, want string_data");
	if (onnx_has_payload(p) || p->n_string_data)
		return err_set(e, ERR_FORMAT,
			       "its data is given twice, here and as external "
			       "data");
	if (!find_place(&place, p, e))
		return false;
	if (place.has_length && place.length != t->bytes)
		return err_set(e, ERR_FORMAT,
			       "external length is %" PRIu64 ", want %zu for "
			       "its shape",
			       place.length, t->bytes);
	if (!open_location(&file, place.location, s, e))
		return false;
	if (s->found)
		compare_checksum(s, file, &place, p);
	if (place.offset > file->bytes.len ||
	    t->bytes > file->bytes.len - place.offset)
		return err_set(e, ERR_FORMAT,
			       "external data %" PRIu64 "+%zu is past the end "
			       "of '%s', which has %zu bytes",
			       place.offset, t->bytes, place.location,
			       file->bytes.len);
	if (s->found)
		take_range(s, file, place.offset, t->bytes);
	t->data = t->bytes ? file->bytes.at + place.offset : NULL;
	return true;
}

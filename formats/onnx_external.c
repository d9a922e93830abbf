/* SPDX-License-Identifier: Apache-2.0 */
/* formats/onnx_external.c -- tensors whose elements lie in another file.
 *
 * Each file is opened once, beneath the directory of the model only
 * (input_open_beneath()), and mapped whole.
 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "formats/onnx_payload.h"

struct place {
	const char *location;
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
	} else if (strcmp(key, "checksum") != 0) {
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

static bool open_location(struct bytes *out, const char *location,
			  struct onnx_source *s, struct err *e)
{
	struct arena *arena = s->store.arena;
	struct bytes *grown;
	struct input in;
	uint32_t i;

	if (map_get(&s->locations, location, &i)) {
		*out = s->external[i];
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
	*out = in.bytes;
	model_keep_input(s->store.model, &in);
	grown = arena_array(arena, struct bytes, s->nexternal + 1);
	if (s->nexternal)
		memcpy(grown, s->external, s->nexternal * sizeof(*grown));
	grown[s->nexternal] = *out;
	s->external = grown;
	map_add(&s->locations, location, s->nexternal++);
	return true;
}

bool onnx_external_read(struct tensor *t, const Onnx__TensorProto *p,
			struct onnx_source *s, struct err *e)
{
	struct place place;
	struct bytes file;

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
	if (place.offset > file.len || t->bytes > file.len - place.offset)
		return err_set(e, ERR_FORMAT,
			       "external data %" PRIu64 "+%zu is past the end "
			       "of '%s', which has %zu bytes",
			       place.offset, t->bytes, place.location,
			       file.len);
	t->data = t->bytes ? file.at + place.offset : NULL;
	return true;
}

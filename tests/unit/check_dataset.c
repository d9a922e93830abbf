/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets: every kind of source, fitting, preprocessing, parts, labels. */
#include <check.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/output.h"
#include "base/str.h"
#include "data/dataset.h"
#include "data/preprocess.h"
#include "formats/format.h"
#include "formats/onnxtxt.h"

static char dir[64];
static struct model *m;
static struct dataset *d;
static struct dataset_opts opts;
static struct err e;

static void setup(void)
{
	strcpy(dir, "/tmp/check_dataset_XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	opts = (struct dataset_opts){0};
	m = NULL;
	d = NULL;
}

static void teardown(void)
{
	char command[128];

	dataset_close(d);
	model_free(m);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	ck_assert_int_eq(system(command), 0);
}

/* DIR/NAME, valid for a few calls. */
static const char *path(const char *name)
{
	static char paths[4][256];
	static int next;
	char *p = paths[next++ % 4];

	snprintf(p, sizeof(paths[0]), "%s/%s", dir, name);
	return p;
}

static void make_model(const char *inputs)
{
	struct str s = {0};
	struct bytes text;

	model_free(m);
	str_addf(
		&s,
		"<ir_version: 8, opset_import: [\"\" : 17]> g (%s) => (out) { out "
		"= Op () }",
		inputs);
	text = (struct bytes){(const uint8_t *)s.text, s.len};
	ck_assert_msg(onnxtxt_parse(&m, text, &limits_default, &e), "%s",
		      e.msg);
	str_release(&s);
}

static bool open_data(void)
{
	dataset_close(d);
	d = NULL;
	return dataset_open(&d, m, &opts, NULL, &e);
}

static void open_ok(const char *where)
{
	opts.path = where;
	ck_assert_msg(open_data(), "%s", e.msg);
}

static void open_bad(const char *says, enum err_code code)
{
	ck_assert(!open_data());
	ck_assert_msg(strstr(e.msg, says) != NULL, "%s", e.msg);
	ck_assert_int_eq(e.code, code);
}

static struct datum floats(const float *x, struct shape shape)
{
	struct tensor t = {.dtype = DTYPE_F32, .shape = shape, .data = x};

	ck_assert(shape_bytes(&shape, DTYPE_F32, &t.bytes, &e));
	return datum_tensor(&t);
}

static struct datum ints(const int64_t *x, struct shape shape)
{
	struct tensor t = {.dtype = DTYPE_I64, .shape = shape, .data = x};

	ck_assert(shape_bytes(&shape, DTYPE_I64, &t.bytes, &e));
	return datum_tensor(&t);
}

static void put(const char *name, const struct named_tensor *t, size_t n)
{
	ck_assert_msg(format_write_tensors(path(name), t, n, &e), "%s", e.msg);
}

static const float ramp[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
static const int64_t classes[6] = {5, 4, 3, 2, 1, 0};

/* x float[6,2], label int64[6] */
static void put_ramp(void)
{
	const struct named_tensor t[] = {
		{"x", floats(ramp, SHAPE(6, 2))},
		{"label", ints(classes, SHAPE(6))},
	};

	put("d.npz", t, 2);
}

static struct tensor batch_tensor(size_t first, size_t n, uint32_t k)
{
	struct batch b;

	ck_assert_msg(dataset_read(d, first, n, &b, &e), "%s", e.msg);
	ck_assert_uint_eq(b.count, n);
	ck_assert_uint_lt(k, b.nin);
	return b.in[k]->tensor;
}

static int64_t label_at(size_t i)
{
	struct tensor t = dataset_label(d, i);

	ck_assert_int_eq(t.shape.rank, 0);
	return tensor_int(&t, 0);
}

static void shape_is(const struct tensor *t, struct shape want)
{
	ck_assert(shape_equal(&t->shape, &want));
}

/* ---- arrays ------------------------------------------------------------- */

START_TEST(reads_batches_of_named_arrays)
{
	struct tensor t;

	make_model("float[N,2] x");
	put_ramp();
	opts.labels = "label";
	open_ok(path("d.npz"));
	ck_assert_uint_eq(dataset_count(d), 6);
	ck_assert_uint_eq(dataset_batch_limit(d), SIZE_MAX);
	t = batch_tensor(1, 3, 0);
	shape_is(&t, SHAPE(3, 2));
	ck_assert_mem_eq(t.data, ramp + 2, 6 * sizeof(float));
	ck_assert(dataset_has_labels(d));
	ck_assert_int_eq(label_at(2), 3);
}
END_TEST

START_TEST(takes_parts_and_shards)
{
	static const struct {
		const char *samples;
		int index, count;
		float want[6]; /* first elements; -1 ends */
	} parts[] = {
		{NULL, 0, 1, {0, 2, 4, 6, 8, 10}},
		{"::2", 0, 1, {0, 4, 8, -1}},
		{"1:4", 0, 1, {2, 4, 6, -1}},
		{"1::3", 0, 1, {2, 8, -1}},
		{":100", 0, 1, {0, 2, 4, 6, 8, 10}},
		{NULL, 0, 4, {0, -1}},
		{NULL, 1, 4, {2, 4, -1}},
		{NULL, 2, 4, {6, -1}},
		{NULL, 3, 4, {8, 10, -1}},
		{"::2", 1, 2, {4, 8, -1}},
	};

	make_model("float[1,2] x");
	put_ramp();
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		size_t n = 0;

		opts.samples = parts[i].samples;
		opts.shard_index = parts[i].index;
		opts.shard_count = parts[i].count;
		open_ok(path("d.npz"));
		ck_assert_uint_eq(dataset_batch_limit(d), 1);
		while (n < 6 && parts[i].want[n] >= 0)
			n++;
		ck_assert_uint_eq(dataset_count(d), n);
		for (size_t k = 0; k < n; k++) {
			struct tensor t = batch_tensor(k, 1, 0);

			ck_assert_float_eq(*(const float *)t.data,
					   parts[i].want[k]);
		}
	}
}
END_TEST

START_TEST(refuses_bad_parts)
{
	static const char *const bad[] = {"",	 "3",	 "a:b",	   "1:2:0",
					  "-1:", "::-1", "1:2:3:4"};

	make_model("float[N,2] x");
	put_ramp();
	opts.path = path("d.npz");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		opts.samples = bad[i];
		open_bad("option '--samples'", ERR_USAGE);
	}
	opts.samples = "6:";
	open_bad("no samples", ERR_FORMAT);
	opts.samples = NULL;
	opts.shard_index = 0;
	opts.shard_count = 7;
	open_bad("no samples", ERR_FORMAT);
}
END_TEST

START_TEST(reshapes_where_only_ones_differ)
{
	struct tensor t;

	put_ramp();
	make_model("float[N,1,2,1] x");
	open_ok(path("d.npz"));
	t = batch_tensor(0, 2, 0);
	shape_is(&t, SHAPE(2, 1, 2, 1));
	make_model("float[2] x"); /* no batch axis: one sample a run */
	open_ok(path("d.npz"));
	ck_assert_uint_eq(dataset_batch_limit(d), 1);
	t = batch_tensor(5, 1, 0);
	shape_is(&t, SHAPE(2));
	make_model("float[N,T] x");
	open_ok(path("d.npz"));
	t = batch_tensor(0, 6, 0);
	shape_is(&t, SHAPE(6, 2));
	make_model("float[N,3] x");
	opts.path = path("d.npz");
	open_bad("input 'x': a sample of shape [2] does not fit float[N,3]",
		 ERR_SHAPE);
}
END_TEST

START_TEST(fills_up_batches_of_a_fixed_size)
{
	struct tensor t;

	put_ramp();
	make_model("float[4,2] x");
	open_ok(path("d.npz"));
	ck_assert_uint_eq(dataset_batch_limit(d), 4);
	t = batch_tensor(4, 2, 0);
	shape_is(&t, SHAPE(4, 2));
	ck_assert_float_eq(((const float *)t.data)[2], 10);
	ck_assert_float_eq(((const float *)t.data)[6], 10);
}
END_TEST

START_TEST(converts_types)
{
	struct tensor t;

	put_ramp();
	make_model("int8[N,2] x");
	open_ok(path("d.npz"));
	t = batch_tensor(3, 2, 0);
	ck_assert_mem_eq(t.data, "\6\7\10\11", 4);
	make_model("string[N,2] x");
	opts.path = path("d.npz");
	ck_assert(open_data());
	{
		struct batch b;

		ck_assert(!dataset_read(d, 0, 1, &b, &e));
		ck_assert_int_eq(e.code, ERR_TYPE);
		ck_assert_ptr_nonnull(strstr(e.msg, "float cannot become"));
	}
}
END_TEST

static void near(const struct tensor *t, size_t i, double want)
{
	ck_assert_double_eq_tol(tensor_double(t, i), want, 1e-6);
}

START_TEST(scales_and_normalises_by_channel)
{
	static const float x[8] = {0, 51, 102, 153, 204, 255, 0, 255};
	const struct named_tensor t = {"x", floats(x, SHAPE(1, 2, 2, 2))};
	struct tensor r;

	put("d.npz", &t, 1);
	make_model("float[N,2,2,2] x");
	opts.scale = "0.00392156862745098";
	opts.mean = "0,0.5";
	opts.std = "1,0.5";
	open_ok(path("d.npz"));
	r = batch_tensor(0, 1, 0);
	near(&r, 1, 0.2);
	near(&r, 4, 0.6);
	near(&r, 6, -1);
	opts.layout = "nhwc";
	open_ok(path("d.npz"));
	r = batch_tensor(0, 1, 0);
	near(&r, 1, -0.6);
	near(&r, 2, 0.4);
	opts.std = "1,2,3";
	open_ok(path("d.npz"));
	{
		struct batch b;

		ck_assert(!dataset_read(d, 0, 1, &b, &e));
		ck_assert_int_eq(e.code, ERR_SHAPE);
	}
}
END_TEST

START_TEST(refuses_bad_options)
{
	static const struct {
		struct dataset_opts o;
		const char *says;
	} bad[] = {
		{{.scale = "x"}, "option '--scale': 'x' is no number"},
		{{.mean = "1,,2"}, "option '--mean'"},
		{{.std = "1,0"}, "option '--std': 0"},
		{{.std = "nan"}, "option '--std'"},
		{{.size = "224"}, "option '--size': '224' is not HxW"},
		{{.size = "0x5"}, "option '--size'"},
		{{.color = "cmyk"}, "option '--color': 'cmyk'"},
		{{.layout = "chwn"}, "option '--layout': 'chwn'"},
		{{.color = "gray"}, "'--color' are for images"},
	};

	put_ramp();
	make_model("float[N,2] x");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		opts = bad[i].o;
		opts.path = path("d.npz");
		open_bad(bad[i].says, ERR_USAGE);
	}
}
END_TEST

START_TEST(names_what_is_missing)
{
	put_ramp();
	make_model("float[N,2] x, float[N,2] mask");
	opts.path = path("d.npz");
	open_bad("no array is named like input 'mask'; there is 'x', 'label'",
		 ERR_FORMAT);
	make_model("float[N,2] x");
	opts.labels = "truth";
	open_bad("truth", ERR_IO);
	opts.labels = "folders";
	open_bad("need data in folders", ERR_FORMAT);
	opts.labels = NULL;
	opts.path = path("nothing.npz");
	ck_assert(!open_data());
	ck_assert_int_eq(e.code, ERR_IO);
}
END_TEST

START_TEST(labels_may_be_arrays)
{
	const struct named_tensor t[] = {
		{"x", floats(ramp, SHAPE(6, 2))},
		{"mean", floats(ramp, SHAPE(6, 2))},
		{"few", ints(classes, SHAPE(3))},
	};
	struct tensor label;

	put("d.npz", t, 3);
	make_model("float[N,2] x");
	opts.labels = "mean";
	opts.samples = "1:";
	open_ok(path("d.npz"));
	label = dataset_label(d, 2);
	shape_is(&label, SHAPE(2));
	ck_assert_double_eq(tensor_double(&label, 1), 7);
	opts.labels = "few";
	open_bad("labels 'few' have shape [3], want one for each of 6 samples",
		 ERR_SHAPE);
}
END_TEST

START_TEST(refuses_arrays_of_different_lengths_and_empty_ones)
{
	const struct named_tensor t[] = {{"x", floats(ramp, SHAPE(6, 2))},
					 {"y", floats(ramp, SHAPE(5, 2))}};
	const struct named_tensor none = {"x", floats(ramp, SHAPE(0, 2))};

	put("d.npz", t, 2);
	make_model("float[N,2] x, float[N,2] y");
	opts.path = path("d.npz");
	open_bad("the array for input 'y' has 5 samples, the one for 'x' 6",
		 ERR_SHAPE);
	put("e.npz", &none, 1);
	make_model("float[N,2] x");
	opts.path = path("e.npz");
	open_bad("no samples", ERR_FORMAT);
}
END_TEST

START_TEST(a_single_array_needs_no_name)
{
	const struct named_tensor t = {"", floats(ramp, SHAPE(6, 2))};
	const struct named_tensor l = {"", ints(classes, SHAPE(6))};

	put("d.npy", &t, 1);
	put("l.npy", &l, 1);
	make_model("float[N,2] anything");
	opts.labels = path("l.npy");
	open_ok(path("d.npy"));
	ck_assert_uint_eq(dataset_count(d), 6);
	ck_assert_int_eq(label_at(5), 0);
	make_model("float[N,2] x, float[N,2] y");
	opts.path = path("d.npy");
	open_bad("one array feeds one input, the model has 2 ('x', 'y')",
		 ERR_FORMAT);
}
END_TEST

START_TEST(the_digest_tells_contents_and_options)
{
	uint8_t a[32], b[32];

	put_ramp();
	make_model("float[N,2] x");
	open_ok(path("d.npz"));
	ck_assert(dataset_digest(d, a, &e));
	opts.shard_count = 3;
	open_ok(path("d.npz"));
	ck_assert(dataset_digest(d, b, &e));
	ck_assert_mem_eq(a, b, 32);
	opts.scale = "2";
	open_ok(path("d.npz"));
	ck_assert(dataset_digest(d, b, &e));
	ck_assert_mem_ne(a, b, 32);
}
END_TEST

/* ---- folders ------------------------------------------------------------ */

START_TEST(reads_folders_of_sets)
{
	const struct named_tensor a = {"", floats(ramp, SHAPE(3, 2))};
	const struct named_tensor b = {"", floats(ramp + 6, SHAPE(1, 2))};
	struct tensor t;

	mkdir(path("test_data_set_0"), 0777);
	mkdir(path("test_data_set_1"), 0777);
	put("test_data_set_0/input_0.npy", &a, 1);
	put("test_data_set_0/output_0.npy", &b, 1);
	put("test_data_set_1/input_0.npy", &b, 1);
	make_model("float[N,2] x");
	open_ok(dir);
	ck_assert_uint_eq(dataset_count(d), 2);
	ck_assert_uint_eq(dataset_batch_limit(d), 1);
	t = batch_tensor(0, 1, 0);
	shape_is(&t, SHAPE(3, 2));
	t = batch_tensor(1, 1, 0);
	shape_is(&t, SHAPE(1, 2));
	ck_assert_float_eq(*(const float *)t.data, 6);
	open_ok(path("test_data_set_0"));
	ck_assert_uint_eq(dataset_count(d), 1);
}
END_TEST

START_TEST(reads_folders_of_tensor_files)
{
	const struct named_tensor a = {"", floats(ramp, SHAPE(2))};
	const struct named_tensor b = {"", floats(ramp + 2, SHAPE(1, 2))};
	struct tensor t;

	put("b.npy", &b, 1);
	put("a.npy", &a, 1);
	make_model("float[N,2] x");
	open_ok(dir);
	ck_assert_uint_eq(dataset_count(d), 2);
	t = batch_tensor(0, 1, 0);
	shape_is(&t, SHAPE(1, 2));
	t = batch_tensor(1, 1, 0);
	shape_is(&t, SHAPE(1, 2));
	ck_assert_float_eq(*(const float *)t.data, 2);
}
END_TEST

/* A WIDTH x HEIGHT picture of one colour. */
static void put_png(const char *name, unsigned width, unsigned height,
		    const uint8_t rgb[3])
{
	static uint8_t pixels[64 * 64 * 3];
	png_image image = {.version = PNG_IMAGE_VERSION,
			   .width = width,
			   .height = height,
			   .format = PNG_FORMAT_RGB};

	for (size_t i = 0; i < (size_t)width * height; i++)
		memcpy(pixels + 3 * i, rgb, 3);
	ck_assert(png_image_write_to_file(&image, path(name), 0, pixels, 0,
					  NULL));
}

static const uint8_t orange[3] = {200, 100, 0}, blue[3] = {0, 0, 255};

START_TEST(reads_folders_of_images)
{
	struct tensor t;
	const float *x;

	mkdir(path("cat"), 0777);
	mkdir(path("dog"), 0777);
	mkdir(path("empty"), 0777);
	put_png("cat/1.png", 8, 8, orange);
	put_png("cat/0.PNG", 16, 8, blue);
	put_png("dog/z.png", 4, 4, blue);
	make_model("float[N,3,8,8] x");
	opts.labels = "folders";
	opts.size = "8x8";
	open_ok(dir);
	ck_assert_uint_eq(dataset_count(d), 3);
	ck_assert_uint_eq(dataset_batch_limit(d), SIZE_MAX);
	t = batch_tensor(0, 3, 0);
	shape_is(&t, SHAPE(3, 3, 8, 8));
	x = t.data;
	ck_assert_float_eq(x[0], 0);
	ck_assert_float_eq(x[2 * 64], 255);
	ck_assert_float_eq(x[3 * 64], 200);
	ck_assert_float_eq(x[4 * 64], 100);
	ck_assert_int_eq(label_at(1), 0);
	ck_assert_int_eq(label_at(2), 1);
	make_model("float[N,8,8,3] x");
	opts.layout = "nhwc";
	opts.color = "bgr";
	open_ok(dir);
	t = batch_tensor(1, 1, 0);
	x = t.data;
	ck_assert_float_eq(x[0], 0);
	ck_assert_float_eq(x[1], 100);
	ck_assert_float_eq(x[2], 200);
	make_model("uint8[1,1,8,8] x");
	opts.layout = NULL;
	opts.color = NULL; /* gray, as the model has one channel */
	open_ok(dir);
	t = batch_tensor(1, 1, 0);
	ck_assert_int_eq(*(const uint8_t *)t.data, 118);
}
END_TEST

START_TEST(images_must_have_the_size_of_the_input)
{
	mkdir(path("cat"), 0777);
	put_png("cat/1.png", 6, 8, orange);
	make_model("float[N,3,8,8] x");
	opts.path = dir;
	open_bad("a sample of shape [3,8,6] does not fit float[N,3,8,8]",
		 ERR_SHAPE);
	make_model("float[N,3,H,W] x");
	open_ok(dir);
	ck_assert_uint_eq(dataset_batch_limit(d), 1);
	make_model("float[N,3,8,6] x");
	open_ok(dir);
	ck_assert_uint_eq(dataset_batch_limit(d), SIZE_MAX);
	put_png("beside.png", 6, 8, orange);
	open_bad("images beside folders", ERR_FORMAT);
}
END_TEST

START_TEST(an_empty_folder_is_an_error)
{
	make_model("float[N,3,8,8] x");
	opts.path = dir;
	open_bad("holds no samples", ERR_FORMAT);
}
END_TEST

/* ---- random ------------------------------------------------------------- */

START_TEST(random_samples_are_reproducible)
{
	float once[24];
	struct tensor t;

	make_model("float[N,2,T] x, int64[N,T] ids, int64[N,T] attention_mask");
	opts.seed = 7;
	open_ok("random:5");
	ck_assert_uint_eq(dataset_count(d), 5);
	t = batch_tensor(2, 1, 0);
	shape_is(&t, SHAPE(1, 2, 8));
	memcpy(once, t.data, 16 * sizeof(float));
	t = batch_tensor(0, 3, 0);
	shape_is(&t, SHAPE(3, 2, 8));
	ck_assert_mem_eq((const float *)t.data + 32, once, 16 * sizeof(float));
	t = batch_tensor(0, 5, 1);
	for (size_t i = 0; i < 40; i++) {
		ck_assert_int_ge(((const int64_t *)t.data)[i], 0);
		ck_assert_int_lt(((const int64_t *)t.data)[i], 10);
	}
	t = batch_tensor(0, 5, 2);
	ck_assert_int_eq(((const int64_t *)t.data)[39], 1);
	opts.seed = 8;
	open_ok("random:5");
	t = batch_tensor(2, 1, 0);
	ck_assert_mem_ne(t.data, once, 16 * sizeof(float));
	opts.path = "random:0";
	open_bad("positive count", ERR_USAGE);
	opts.path = "random:x";
	open_bad("positive count", ERR_USAGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dataset");
	TCase *tc = tcase_create("dataset");
	SRunner *sr = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, reads_batches_of_named_arrays);
	tcase_add_test(tc, takes_parts_and_shards);
	tcase_add_test(tc, refuses_bad_parts);
	tcase_add_test(tc, reshapes_where_only_ones_differ);
	tcase_add_test(tc, fills_up_batches_of_a_fixed_size);
	tcase_add_test(tc, converts_types);
	tcase_add_test(tc, scales_and_normalises_by_channel);
	tcase_add_test(tc, refuses_bad_options);
	tcase_add_test(tc, names_what_is_missing);
	tcase_add_test(tc, labels_may_be_arrays);
	tcase_add_test(tc, refuses_arrays_of_different_lengths_and_empty_ones);
	tcase_add_test(tc, a_single_array_needs_no_name);
	tcase_add_test(tc, the_digest_tells_contents_and_options);
	tcase_add_test(tc, reads_folders_of_sets);
	tcase_add_test(tc, reads_folders_of_tensor_files);
	tcase_add_test(tc, reads_folders_of_images);
	tcase_add_test(tc, images_must_have_the_size_of_the_input);
	tcase_add_test(tc, an_empty_folder_is_an_error);
	tcase_add_test(tc, random_samples_are_reproducible);
	suite_add_tcase(suite, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

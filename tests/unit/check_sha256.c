/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/check_sha256.c -- the digests of FIPS 180-4's examples. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/sha256.h"

/* NIST, "SHA256.pdf" among the FIPS 180-4 example values. */
static const struct {
	const char *text, *hex;
} examples[] = {
	{"",
	 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc",
	 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

START_TEST(gives_the_published_digests)
{
	struct sha256 s;
	uint8_t digest[SHA256_BYTES];
	char hex[SHA256_HEX];

	sha256_init(&s);
	sha256_add(&s, examples[_i].text, strlen(examples[_i].text));
	sha256_finish(&s, digest);
	sha256_hex(digest, hex);
	ck_assert_str_eq(hex, examples[_i].hex);
}
END_TEST

START_TEST(takes_a_million_bytes_in_odd_pieces)
{
	struct sha256 s;
	uint8_t digest[SHA256_BYTES], piece[97];
	char hex[SHA256_HEX];
	size_t left = 1000000;

	memset(piece, 'a', sizeof(piece));
	sha256_init(&s);
	while (left) {
		size_t n = left < sizeof(piece) ? left : sizeof(piece);

		sha256_add(&s, piece, n);
		left -= n;
	}
	sha256_finish(&s, digest);
	sha256_hex(digest, hex);
	ck_assert_str_eq(hex, "cdc76e5c9914fb9281a1c7e284d73e67"
			      "f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sha256");
	TCase *t = tcase_create("digests");
	SRunner *r = srunner_create(s);
	int failed;

	suite_add_tcase(s, t);
	tcase_add_loop_test(t, gives_the_published_digests, 0,
			    COUNT_OF(examples));
	tcase_add_test(t, takes_a_million_bytes_in_odd_pieces);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

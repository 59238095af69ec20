#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "seal/anchor.h"
#include "seal_samples.h"

#define NAME "000b0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PIN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UUID "12345678-abcd-4cde-8fab-0123456789ab"
#define HEAD "bootseal-anchor 1\nsrk " NAME "\nindex 0x0180b007 " NAME "\n"
#define PIN_HEAD "bootseal-anchor 2\nsrk " NAME "\nindex 0x0180b007 " NAME "\n"
#define TARGET "target cryptroot " UUID " " PIN "\n"

static void sample(struct anchor *a, size_t targets)
{
	memset(a, 0, sizeof(*a));
	sample_name(&a->srk, 1);
	sample_name(&a->index, 2);
	a->index_handle = 0x0180b00f;
	a->target_count = targets;
	for (size_t i = 0; i < targets; i++) {
		snprintf(a->target[i].name, sizeof(a->target[i].name), "c%zu_+.@=-", i);
		strcpy(a->target[i].uuid, UUID);
		a->target[i].uuid[0] = (char)('0' + i);
		sample_fill(a->target[i].volume_pin, SHA256_LEN, i);
	}
}

static void refuse_n(const char *text, size_t n, const char *word)
{
	struct error err = ERROR_NONE;
	struct anchor a = { .target_count = 77 };

	assert_int_equal(anchor_parse(text, n, "/a", &err, &a), -EBADMSG);
	assert_int_equal(a.target_count, 77);
	if (!strstr(err.text, word) || strncmp(err.text, "/a:", 3) != 0)
		fail_msg("%s\"%s\" does not speak of %s", text, err.text, word);
}

static void refuse(const char *text, const char *word)
{
	refuse_n(text, strlen(text), word);
}

static void round_trip(void **state)
{
	struct anchor a, again;
	struct buffer text = BUFFER_NONE;

	for (size_t n = 1; n <= TARGET_MAX; n++) {
		sample(&a, n);
		memset(a.target[0].name, 'x', TARGET_NAME_MAX - 1);
		assert_int_equal(anchor_format(&a, &text), 0);
		memset(&again, 0, sizeof(again));
		assert_int_equal(anchor_parse(text.data, text.len, "/a", NULL, &again), 0);
		assert_memory_equal(&a, &again, sizeof(a));
		buffer_free(&text);
	}
}

static void good_text(void **state)
{
	struct error err = ERROR_NONE;
	struct buffer text = BUFFER_NONE;
	struct anchor a;

	if (anchor_parse(HEAD TARGET, strlen(HEAD TARGET), "/a", &err, &a) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(a.index_handle, 0x0180b007);
	assert_string_equal(a.target[0].name, "cryptroot");
	assert_string_equal(a.target[0].uuid, UUID);
	assert_int_equal(a.target[0].volume_pin[31], 0xef);
	assert_int_equal(a.srk.bytes[1], 0x0b);
	assert_ptr_equal(anchor_find(&a, "cryptroot"), &a.target[0]);
	assert_null(anchor_find(&a, "cryptroo"));
	assert_int_equal(anchor_format(&a, &text), 0);
	assert_string_equal(buffer_str(&text), HEAD TARGET);
	buffer_free(&text);
	assert_false(a.pin);
}

static void with_a_pin(void **state)
{
	static const char good[] = PIN_HEAD "pin\n" TARGET;
	struct buffer text = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct anchor a;

	assert_int_equal(anchor_parse(good, strlen(good), "/a", &err, &a), 0);
	assert_true(a.pin);
	assert_int_equal(anchor_format(&a, &text), 0);
	assert_string_equal(buffer_str(&text), good);
	buffer_free(&text);
	refuse(HEAD "pin\n" TARGET, "4: not a target");
	refuse(PIN_HEAD TARGET, "4: not \"pin\"");
	refuse(PIN_HEAD "pin 1\n" TARGET, "4: not \"pin\"");
	refuse(PIN_HEAD "pin\npin\n" TARGET, "5: not a target");
	refuse(PIN_HEAD, "4: the file ends");
}

static void refused(void **state)
{
	char nine[4096];

	refuse("", "bootseal-anchor 1");
	refuse("bootseal-anchor 1", "bootseal-anchor 1");
	refuse("bootseal-anchor 3\nsrk " NAME "\nindex 0x0180b007 " NAME "\n" TARGET, "bootseal-anchor 1");
	refuse("bootseal-anchor 1\r\nsrk " NAME "\r\nindex 0x0180b007 " NAME "\r\n" TARGET,
	       "bootseal-anchor 1");
	refuse("\xef\xbb\xbf" HEAD TARGET, "bootseal-anchor 1");
	refuse("\n" HEAD TARGET, "bootseal-anchor 1");
	refuse(HEAD, "4: the file ends");
	refuse(HEAD TARGET "\n", "5: ");
	refuse(HEAD TARGET "x", "5: the line has no end");
	refuse(HEAD TARGET "x\n", "5: not a target");
	refuse(HEAD TARGET "# x\n", "5: ");
	refuse(HEAD TARGET "srk " NAME "\n", "5: not a target");
	refuse(HEAD TARGET TARGET, "5: a duplicate mapping name or UUID");
	refuse(HEAD TARGET "target other " UUID " " PIN "\n", "5: a duplicate mapping name or UUID");
	refuse(HEAD TARGET "target cryptroot 22345678-abcd-4cde-8fab-0123456789ab " PIN "\n",
	       "5: a duplicate mapping name or UUID");
	refuse(HEAD "target cryptroot " UUID " " PIN "\r\n", "4: ");
	refuse(HEAD "target cryptroot " UUID " " PIN " \n", "4: ");
	refuse(HEAD "target  cryptroot " UUID " " PIN "\n", "4: ");
	refuse(HEAD "target\tcryptroot " UUID " " PIN "\n", "4: ");
	refuse(HEAD " target cryptroot " UUID " " PIN "\n", "4: ");
	refuse(HEAD "target cryptroot " UUID " " PIN " x\n", "4: too many fields");
	refuse(HEAD "target cryptroot " UUID "\n", "4: not a target");
	refuse(HEAD "Target cryptroot " UUID " " PIN "\n", "4: not a target");
	refuse(HEAD "target .cryptroot " UUID " " PIN "\n", "4: bad mapping name");
	refuse(HEAD "target -cryptroot " UUID " " PIN "\n", "4: bad mapping name");
	refuse(HEAD "target crypt/root " UUID " " PIN "\n", "4: ");
	refuse(HEAD "target crypt\xc3\xa9 " UUID " " PIN "\n", "4: ");
	refuse(HEAD "target cryptroot 12345678-ABCD-4cde-8fab-0123456789ab " PIN "\n", "4: bad UUID");
	refuse(HEAD "target cryptroot 12345678aabcd-4cde-8fab-0123456789ab " PIN "\n", "4: bad UUID");
	refuse(HEAD "target cryptroot 12345678-abcd-4cde-8fab-0123456789a " PIN "\n", "4: bad UUID");
	refuse(HEAD "target cryptroot 12345678-abcd-4cde-8fab-0123456789abc " PIN "\n", "4: bad UUID");
	refuse(HEAD "target cryptroot " UUID " " PIN "0\n", "4: bad volume pin");
	refuse(HEAD "target cryptroot " UUID " 0x" PIN "\n", "4: bad volume pin");
	refuse(HEAD "target cryptroot " UUID " 0123\n", "4: bad volume pin");
	refuse("bootseal-anchor 1\nindex 0x0180b007 " NAME "\nsrk " NAME "\n" TARGET, "2: ");
	refuse("bootseal-anchor 1\nsrk 000c" PIN "\nindex 0x0180b007 " NAME "\n" TARGET, "2: ");
	refuse("bootseal-anchor 1\nsrk 010b" PIN "\nindex 0x0180b007 " NAME "\n" TARGET, "2: ");
	refuse("bootseal-anchor 1\nsrk " NAME "\nindex 000180b007 " NAME "\n" TARGET, "3: ");
	refuse("bootseal-anchor 1\nsrk " PIN "\nindex 0x0180b007 " NAME "\n" TARGET, "2: ");
	refuse("bootseal-anchor 1\nsrk " NAME "\nindex 0x8100b007 " NAME "\n" TARGET, "3: ");
	refuse("bootseal-anchor 1\nsrk " NAME "\nindex 0180b007 " NAME "\n" TARGET, "3: ");
	refuse("bootseal-anchor 1\nsrk " NAME "\nindex 0x180b007 " NAME "\n" TARGET, "3: ");
	refuse("bootseal-anchor 1\nsrk " NAME "\nindex 0x0180B007 " NAME "\n" TARGET, "3: ");
	refuse("bootseal-anchor 1\nsrk " NAME "\nindex 0x0180b007 000b\n" TARGET, "3: ");
	refuse_n(HEAD "target crypt\0root " UUID " " PIN "\n",
		 strlen(HEAD "target crypt.root " UUID " " PIN "\n"), "4: ");
	refuse_n(HEAD TARGET, sizeof(HEAD TARGET), "5: ");

	strcpy(nine, HEAD);
	for (int i = 0; i < 9; i++)
		sprintf(nine + strlen(nine), "target c%d 12345678-abcd-4cde-8fab-01234567890%d " PIN "\n", i,
			i);
	refuse(nine, "12: too many targets");
}

static void every_cut(void **state)
{
	for (size_t n = 0; n < strlen(HEAD TARGET); n++)
		refuse_n(HEAD TARGET, n, ":");
}

static void long_things(void **state)
{
	char *text = calloc(1, ANCHOR_MAX_LEN + 2), name[TARGET_NAME_MAX + 1];
	struct buffer b = BUFFER_NONE;
	struct error err = ERROR_NONE;
	struct anchor a;

	memset(text, 'x', ANCHOR_MAX_LEN + 1);
	assert_int_equal(anchor_parse(text, ANCHOR_MAX_LEN + 1, "/a", &err, &a), -EBADMSG);
	assert_non_null(strstr(err.text, "longer"));
	free(text);
	memset(name, 'x', TARGET_NAME_MAX);
	name[TARGET_NAME_MAX] = '\0';
	buffer_addf(&b, HEAD "target %s " UUID " " PIN "\n", name);
	refuse(buffer_str(&b), "4: bad mapping name");
	buffer_free(&b);
}

static void what_could_not_be_read_is_not_written(void **state)
{
	struct buffer b = BUFFER_NONE;
	struct anchor a;

	sample(&a, 0);
	assert_int_equal(anchor_format(&a, &b), -EINVAL);
	sample(&a, 1);
	strcpy(a.target[0].name, "two words");
	assert_int_equal(anchor_format(&a, &b), -EINVAL);
	sample(&a, 1);
	strcpy(a.target[0].name, "x\ntarget y");
	assert_int_equal(anchor_format(&a, &b), -EINVAL);
	sample(&a, 2);
	strcpy(a.target[1].name, a.target[0].name);
	assert_int_equal(anchor_format(&a, &b), -EINVAL);
	sample(&a, 1);
	a.srk.bytes[1] = 0x0c;
	assert_int_equal(anchor_format(&a, &b), -EINVAL);
	assert_null(b.data);
}

static void from_a_file(void **state)
{
	char path[] = "/tmp/bootseal-anchor-XXXXXX";
	char *big = calloc(1, ANCHOR_MAX_LEN + 1);
	struct error err = ERROR_NONE;
	struct anchor a;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(file_replace(path, HEAD TARGET, strlen(HEAD TARGET), 0600, &err), 0);
	assert_int_equal(anchor_read(path, &err, &a), 0);
	assert_int_equal(a.target_count, 1);
	assert_int_equal(file_replace(path, big, ANCHOR_MAX_LEN + 1, 0600, &err), 0);
	assert_int_equal(anchor_read(path, &err, &a), -EBADMSG);
	assert_int_equal(file_replace(path, "", 0, 0600, &err), 0);
	assert_int_equal(anchor_read(path, &err, &a), -EBADMSG);
	unlink(path);
	assert_int_equal(anchor_read(path, &err, &a), -ENOENT);
	close(fd);
	free(big);
}

/* The list of volumes without a TPM. */
static void test_volumes(void **state)
{
	static const char line[] = "target home 5ea1ab1e-0000-4000-8000-000000000002 "
				   "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n";
	static const char *const bad[][2] = {
		{ "bootseal-volumes 1\n", "/v:2: the file ends too early" },
		{ "bootseal-volumes 2\n", "/v:1: not \"bootseal-volumes 1\"" },
		{ "bootseal-anchor 1\n", "/v:1: not \"bootseal-volumes 1\"" },
		{ "", "/v:1: not" },
	};
	struct anchor a = { .target_count = 0 }, none = { .target_count = 0 };
	struct buffer b = BUFFER_NONE, again = BUFFER_NONE;
	struct error err = ERROR_NONE;

	buffer_addf(&b, "bootseal-volumes 1\n%s", line);
	assert_int_equal(anchor_parse_volumes(b.data, b.len, "/v", &err, &a), 0);
	assert_int_equal(a.target_count, 1);
	assert_string_equal(a.target[0].name, "home");
	assert_int_equal(anchor_format_volumes(&a, &again), 0);
	assert_string_equal(buffer_str(&again), buffer_str(&b));
	/* a volume twice; an anchor is no list, and a list no anchor */
	buffer_add_str(&b, line);
	assert_int_equal(anchor_parse_volumes(b.data, b.len, "/v", &err, &none), -EBADMSG);
	assert_non_null(strstr(err.text, "/v:3: a duplicate mapping name or UUID"));
	assert_int_equal(anchor_parse(again.data, again.len, "/v", &err, &none), -EBADMSG);
	assert_int_equal(anchor_format_volumes(&none, &again), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(anchor_parse_volumes(bad[i][0], strlen(bad[i][0]), "/v", &err, &none),
				 -EBADMSG);
		if (!strstr(err.text, bad[i][1]))
			fail_msg("\"%s\" is not in: %s", bad[i][1], err.text);
	}
	assert_int_equal(none.target_count, 0);
	buffer_free(&b);
	buffer_free(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),  cmocka_unit_test(good_text), cmocka_unit_test(with_a_pin),
		cmocka_unit_test(refused),     cmocka_unit_test(every_cut),
		cmocka_unit_test(long_things), cmocka_unit_test(what_could_not_be_read_is_not_written),
		cmocka_unit_test(from_a_file),
		cmocka_unit_test(test_volumes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "seal/json.h"

static struct json_object *object(const char *text)
{
	struct json_object *o = NULL;

	assert_int_equal(json_read(text, strlen(text), NULL, &o), 0);
	return o;
}

static void members(void **state)
{
	struct json_object *o = object("{\"n\":7,\"minus\":-1,\"yes\":true,\"text\":\"a \\\"b\\\"\\n\",\"nul\":\"a\\u0000b\",\"list\":[1,2]}");
	struct json_object *list;
	char text[8], shorter[6];
	uint64_t n = 0;
	bool b = false;
	size_t len;

	assert_true(json_member_number(o, "n", 7, &n) && n == 7);
	assert_false(json_member_number(o, "n", 6, &n));
	assert_false(json_member_number(o, "minus", INT64_MAX, &n));
	assert_false(json_member_number(o, "yes", 7, &n));
	assert_true(json_member_bool(o, "yes", &b) && b);
	assert_false(json_member_bool(o, "n", &b));
	assert_true(json_member_text(o, "text", sizeof(text), text));
	assert_string_equal(text, "a \"b\"\n");
	assert_false(json_member_text(o, "text", sizeof(shorter), shorter));
	assert_false(json_member_text(o, "nul", sizeof(text), text));
	assert_null(json_member_word(o, "text", 20));
	assert_true(json_member_array(o, "list", 2, &list, &len) && len == 2);
	assert_false(json_member_array(o, "list", 1, &list, &len));
	assert_false(json_member_array(o, "n", 2, &list, &len));
	assert_false(json_member_bool(json_object_array_get_idx(list, 0), "yes", &b));
	json_object_put(o);
}

static void whole_texts_only(void **state)
{
	static const char *const evil[] = { "", "{", "[]", "7", "{} {}", "{}x", "{\"a\":1,}" };
	struct json_object *o;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		if (json_read(evil[i], strlen(evil[i]), NULL, &o) == 0)
			fail_msg("taken: %s", evil[i]);
	assert_true(json_read("{}\0", 3, NULL, &o) < 0);
	json_object_put(object("{ \"a\" : 1 }\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(members), cmocka_unit_test(whole_texts_only) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

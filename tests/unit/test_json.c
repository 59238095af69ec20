#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "seal/json.h"
#include "seal/json_write.h"

static struct json_object *object(const char *text)
{
	struct json_object *o = NULL;

	assert_int_equal(json_read(text, strlen(text), NULL, &o), 0);
	return o;
}

static void members(void **state)
{
	struct json_object *o = object("{\"n\":7,\"minus\":-1,\"yes\":true,\"text\":\"a "
				       "\\\"b\\\"\\n\",\"nul\":\"a\\u0000b\",\"list\":[1,2]}");
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
	assert_string_equal(json_member_string(o, "text"), "a \"b\"\n");
	assert_string_equal(json_member_string(o, "absent"), "");
	assert_string_equal(json_member_string(NULL, "absent"), "");
	assert_null(json_member_word(o, "text", 20));
	assert_true(json_member_array(o, "list", 2, &list, &len) && len == 2);
	assert_false(json_member_array(o, "list", 1, &list, &len));
	assert_false(json_member_array(o, "n", 2, &list, &len));
	assert_false(json_member_bool(json_list_at(list, 0), "yes", &b));
	json_free(o);
}

static int count(void *context, struct json_object *member)
{
	size_t *n = context;

	(*n)++;
	return json_is_object(member) ? 7 : 0;
}

static void kinds_of_members(void **state)
{
	struct json_object *o = object("{\"list\":[1,{}],\"none\":null,\"half\":0.5,\"in\":{},\"last\":1}");
	size_t n = 0;
	double half;

	assert_true(json_has(o, "none") && json_has(o, "half"));
	assert_false(json_has(o, "absent"));
	assert_true(json_is_null(o, "none"));
	assert_false(json_is_null(o, "half") || json_is_null(o, "absent"));
	assert_non_null(json_member_object(o, "in"));
	assert_null(json_member_object(o, "list"));
	assert_null(json_member_list(o, "in"));
	assert_int_equal(json_list_len(json_member_list(o, "list")), 2);
	assert_true(json_is_object(json_list_at(json_member_list(o, "list"), 1)));
	assert_null(json_list_at(json_member_list(o, "list"), 2));
	assert_true(json_member_double(o, "half", &half) && half == 0.5);
	assert_false(json_member_double(o, "absent", &half));
	assert_int_equal(json_member_count(o), 5);
	/* in order, and no further than the first that ends it */
	assert_int_equal(json_each_member(o, count, &n), 7);
	assert_int_equal(n, 4);
	json_free(o);
}

static void written_texts(void **state)
{
	struct json_object *o = json_new_object(), *list = json_new_list(), *in = json_new_object();

	json_put_number(in, "id", INT64_MAX);
	json_put_bool(in, "yes", true);
	json_list_add(list, in);
	json_put_text(o, "path", "/boot");
	json_put_member(o, "list", list);
	assert_string_equal(json_text(o, JSON_PLAIN),
			    "{\"path\":\"/boot\",\"list\":[{\"id\":9223372036854775807,\"yes\":true}]}");
	assert_string_equal(json_text(in, JSON_SPACED), "{ \"id\": 9223372036854775807, \"yes\": true }");
	assert_string_equal(json_text(in, JSON_PRETTY),
			    "{\n  \"id\":9223372036854775807,\n  \"yes\":true\n}");
	assert_string_equal(json_text(in, JSON_PRETTY_SPACED),
			    "{\n  \"id\": 9223372036854775807,\n  \"yes\": true\n}");
	json_free(o);
}

static void whole_texts_only(void **state)
{
	static const char *const evil[] = { "", "{", "[]", "7", "{} {}", "{}x", "{\"a\":1,}" };
	struct json_object *o;

	for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++)
		if (json_read(evil[i], strlen(evil[i]), NULL, &o) == 0)
			fail_msg("taken: %s", evil[i]);
	assert_true(json_read("{}\0", 3, NULL, &o) < 0);
	json_free(object("{ \"a\" : 1 }\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members),
		cmocka_unit_test(kinds_of_members),
		cmocka_unit_test(written_texts),
		cmocka_unit_test(whole_texts_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

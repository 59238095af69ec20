#include "seal/json_write.h"

#include <json-c/json.h>

struct json_object *json_new_object(void)
{
	return json_object_new_object();
}

struct json_object *json_new_list(void)
{
	return json_object_new_array();
}

struct json_object *json_new_number(int64_t value)
{
	return json_object_new_int64(value);
}

struct json_object *json_new_text(const char *value)
{
	return json_object_new_string(value);
}

void json_put_member(struct json_object *o, const char *name, struct json_object *value)
{
	json_object_object_add(o, name, value);
}

void json_list_add(struct json_object *list, struct json_object *value)
{
	json_object_array_add(list, value);
}

void json_put_number(struct json_object *o, const char *name, int64_t value)
{
	json_object_object_add(o, name, json_object_new_int64(value));
}

void json_put_bool(struct json_object *o, const char *name, bool value)
{
	json_object_object_add(o, name, json_object_new_boolean(value));
}

void json_put_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

const char *json_text(struct json_object *o, enum json_style style)
{
	static const int flags[] = {
		[JSON_PLAIN] = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
		[JSON_SPACED] = JSON_C_TO_STRING_SPACED,
		[JSON_PRETTY] = JSON_C_TO_STRING_PRETTY,
		[JSON_PRETTY_SPACED] = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED,
	};

	return json_object_to_json_string_ext(o, flags[style]);
}

#include "machine/json.h"

#include <string.h>

bool json_take_int(struct json_object *o, const char *name, int64_t max, int64_t *ret)
{
	struct json_object *v;
	int64_t n;

	if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_int))
		return false;
	n = json_object_get_int64(v);
	if (n < 0 || n > max)
		return false;
	*ret = n;
	return true;
}

bool json_take_bool(struct json_object *o, const char *name, bool *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_boolean))
		return false;
	*ret = json_object_get_boolean(v);
	return true;
}

bool json_take_str(struct json_object *o, const char *name, size_t size, char *ret)
{
	struct json_object *v;
	size_t n;

	if (!json_object_object_get_ex(o, name, &v) || !json_object_is_type(v, json_type_string))
		return false;
	n = json_object_get_string_len(v);
	if (n >= size || strlen(json_object_get_string(v)) != n)
		return false;
	memcpy(ret, json_object_get_string(v), n + 1);
	return true;
}

bool json_take_array(struct json_object *o, const char *name, size_t max, struct json_object **ret, size_t *ret_n)
{
	if (!json_object_object_get_ex(o, name, ret) || !json_object_is_type(*ret, json_type_array))
		return false;
	*ret_n = json_object_array_length(*ret);
	return *ret_n <= max;
}

void json_put_str(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

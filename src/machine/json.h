/* Members of JSON files of ours, taken strictly: false when one is missing, of another type, or out of bounds. */
#ifndef MACHINE_JSON_H
#define MACHINE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool json_take_int(struct json_object *o, const char *name, int64_t max, int64_t *ret); /* 0..max */
bool json_take_bool(struct json_object *o, const char *name, bool *ret);
bool json_take_str(struct json_object *o, const char *name, size_t size, char *ret); /* shorter than size, no NUL in it */
bool json_take_array(struct json_object *o, const char *name, size_t max, struct json_object **ret, size_t *ret_n);
void json_put_str(struct json_object *o, const char *name, const char *value);

#endif

/* Writing JSON, over json-c. Objects are read, and released, with seal/json.h. */
#ifndef SEAL_JSON_WRITE_H
#define SEAL_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "seal/json.h"

struct json_object *json_new_object(void);
struct json_object *json_new_list(void);
struct json_object *json_new_number(int64_t value);
struct json_object *json_new_text(const char *value);
/* What is put into an object or a list belongs to it. */
void json_put_member(struct json_object *o, const char *name, struct json_object *value);
void json_list_add(struct json_object *list, struct json_object *value);
void json_put_number(struct json_object *o, const char *name, int64_t value);
void json_put_bool(struct json_object *o, const char *name, bool value);
void json_put_text(struct json_object *o, const char *name, const char *value);

enum json_style {
	JSON_PLAIN, /* on one line without blanks, "/" as it is: as libcryptsetup writes headers */
	JSON_SPACED,
	JSON_PRETTY,
	JSON_PRETTY_SPACED,
};

/* The text; owned by the object, NULL when there is no memory. */
const char *json_text(struct json_object *o, enum json_style style);

#endif

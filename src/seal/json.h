/*
 * Strict reading of JSON, over json-c (writing it is json_write.h): LUKS2 headers and tokens, and the files
 * of machine/.
 */
#ifndef SEAL_JSON_H
#define SEAL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct json_object; /* json-c's, of which nothing but its name shows here */

#define JSON_DEPTH_MAX 12

/*
 * The whole text must be one JSON object without anything behind it (RFC 8259, json-c's strict mode).
 * -EBADMSG; the object is released with json_free().
 */
int json_read(const char *text, size_t n, struct error *err, struct json_object **ret);

/*
 * Looks at the bytes before json-c does, because json-c takes the last of two members of one name without a
 * word and ends a name at an escaped NUL. Refuses duplicate members, bytes outside of printable ASCII and
 * white space, and every escape but "\/". -EBADMSG.
 */
int json_scan(const char *text, size_t n, struct error *err);

/* Fine on NULL. */
void json_free(struct json_object *o);

/* An object, not a list or a plain value? */
bool json_is_object(const struct json_object *o);
/* Is there a member of that name, whatever it is? One that is null? */
bool json_has(struct json_object *o, const char *name);
bool json_is_null(struct json_object *o, const char *name);
/* The member, NULL when it is absent or of another type. Borrowed. */
struct json_object *json_member_object(struct json_object *o, const char *name);
struct json_object *json_member_list(struct json_object *o, const char *name);
/* How many members an object has. */
size_t json_member_count(struct json_object *o);
/* Each member in order; a nonzero return of `each` ends it and is returned. */
int json_each_member(struct json_object *o, int (*each)(void *context, struct json_object *member),
		     void *context);
size_t json_list_len(struct json_object *list);
/* Borrowed; NULL behind the end. */
struct json_object *json_list_at(struct json_object *list, size_t i);
/*
 * Text of a string value when it is 1..max bytes of printable ASCII without a blank, quote or backslash;
 * NULL otherwise. Borrowed.
 */
const char *json_word(struct json_object *o, size_t max);
/* The same for the member of an object. */
const char *json_member_word(struct json_object *o, const char *name, size_t max);
/* A whole number of 0..max. */
bool json_number(struct json_object *o, uint64_t max, uint64_t *ret);
bool json_member_number(struct json_object *o, const char *name, uint64_t max, uint64_t *ret);
bool json_member_bool(struct json_object *o, const char *name, bool *ret);
/* Any text without a NUL in it, shorter than size; for files that only we write. */
bool json_member_text(struct json_object *o, const char *name, size_t size, char *ret);
/* Any text, up to a NUL; "" when it is absent. For what we made ourselves. Borrowed. */
const char *json_member_string(struct json_object *o, const char *name);
/* At most max elements. Borrowed. */
bool json_member_array(struct json_object *o, const char *name, size_t max, struct json_object **ret,
		       size_t *ret_n);
/* A member whose name is not among known, NULL when there is none. Borrowed. */
const char *json_unknown_member(struct json_object *o, const char *const *known, size_t n);

/* A number of any kind; false when there is no such member. */
bool json_member_double(struct json_object *o, const char *name, double *ret);

#endif

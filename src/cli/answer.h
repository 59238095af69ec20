/*
 * --json: standard output is one JSON object and nothing else, whatever happens. It is the command's answer,
 * which a schema of its own describes, or, where the command could not make one, why
 * (doc/fleet/error.schema.json). Only a command line that is not understood leaves it empty. Warnings and
 * errors are on standard error as without --json.
 */
#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <stdbool.h>

#include "machine/forecast_notes.h"
#include "seal/json_write.h"
#include "seal/volume_ways.h"

#define ANSWER_VERSION 1

/* --json was given; from here on there is an answer. */
void answer_want_json(void);
bool answer_is_json(void);

/* With the version of the format, that of the program, and the exit code. */
struct json_object *answer_new(int code);
/* Labels and reasons may hold what is on the unencrypted disk; JSON is UTF-8 only. NULL: "". */
void answer_put_words(struct json_object *o, const char *name, const char *words);
void answer_list_words(struct json_object *list, const char *words);
void answer_put_notes(struct json_object *top, const char *name, const struct forecast_note *note, size_t n);
/* "keyslots": the numbers, by what each keyslot is for. */
void answer_put_ways(struct json_object *top, const struct volume_ways *w);
/* On stdout; o goes. -ENOMEM with a message. */
int answer_print(struct json_object *o);
/* Another's text was the answer. */
void answer_given(void);

/* A message of log_say(): where there is no answer it says why. */
void answer_hear(const char *text);
/* At the end, once: the other object where none was printed. */
void answer_finish(const char *command, int code);

#endif

#include "cli/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"

#define HEARD_MAX 4096 /* bytes of messages */

static bool wanted, given;
static struct buffer heard; /* a line for each message */

void answer_want_json(void)
{
	wanted = true;
}

bool answer_is_json(void)
{
	return wanted;
}

struct json_object *answer_new(int code)
{
	struct json_object *o = json_new_object();

	json_put_number(o, "version", ANSWER_VERSION);
	json_put_text(o, "bootseal", BOOTSEAL_VERSION);
	json_put_number(o, "exit_code", code);
	return o;
}

static struct json_object *new_words(const char *words)
{
	char *copy = strdup(words ? words : "");
	struct json_object *o;

	if (copy)
		text_make_printable(copy);
	o = json_new_text(copy ? copy : "");
	free(copy);
	return o;
}

void answer_put_words(struct json_object *o, const char *name, const char *words)
{
	json_put_member(o, name, new_words(words));
}

void answer_list_words(struct json_object *list, const char *words)
{
	json_list_add(list, new_words(words));
}

void answer_put_notes(struct json_object *top, const char *name, const struct forecast_note *note, size_t n)
{
	struct json_object *list = json_new_list(), *o;

	for (size_t i = 0; i < n; i++) {
		o = json_new_object();
		answer_put_words(o, "what", note[i].what);
		answer_put_words(o, "why", note[i].why);
		json_list_add(list, o);
	}
	json_put_member(top, name, list);
}

static void put_keyslots(struct json_object *o, const char *name, uint32_t keyslots)
{
	struct json_object *list = json_new_list();

	for (unsigned i = 0; i < 32; i++)
		if (keyslots >> i & 1)
			json_list_add(list, json_new_number(i));
	json_put_member(o, name, list);
}

void answer_put_ways(struct json_object *top, const struct volume_ways *w)
{
	struct json_object *o = json_new_object();

	put_keyslots(o, "passphrase", w->passphrase);
	put_keyslots(o, "recovery", w->recovery);
	put_keyslots(o, "tpm", w->tpm);
	put_keyslots(o, "key_on_root", w->late);
	put_keyslots(o, "first_boot", w->first_boot);
	put_keyslots(o, "other", w->other);
	json_put_member(top, "keyslots", o);
}

int answer_print(struct json_object *o)
{
	const char *text = json_text(o, JSON_PRETTY_SPACED);
	const int r = text ? 0 : -ENOMEM;

	answer_given();
	if (text)
		puts(text);
	else
		log_say("out of memory");
	json_free(o);
	return r;
}

void answer_given(void)
{
	given = true;
}

void answer_hear(const char *text)
{
	if (heard.len + strlen(text) < HEARD_MAX)
		buffer_addf(&heard, "%s%s", heard.len > 0 ? "\n" : "", text);
}

void answer_finish(const char *command, int code)
{
	struct json_object *o;

	if (wanted && !given && code != EXIT_USAGE) {
		o = answer_new(code);
		json_put_text(o, "command", command);
		/* each message is printable already; the line breaks between them are to stay */
		json_put_text(o, "error", heard.len > 0 && buffer_ok(&heard) ? buffer_str(&heard) : "");
		answer_print(o);
	}
	buffer_free(&heard);
}

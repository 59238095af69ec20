#include "cli/image_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/answer.h"
#include "cli/cli.h"
#include "image/verify.h"

static void say_keyslots(const char *what, uint32_t keyslots)
{
	char list[128] = "";
	size_t n = 0;

	for (unsigned i = 0; i < 32; i++)
		if (keyslots >> i & 1)
			n += snprintf(list + n, sizeof(list) - n, "%s%u", n ? ", " : "", i);
	if (n)
		log_row("", "%s: keyslot %s", what, list);
}

static void say_disk(const struct image_source *s)
{
	log_row("Image", "%s, %s, %" PRIu64 " MiB", s->path, s->format, s->size >> 20);
	log_row("ESP", "partition %u", s->esp->number);
	log_row("/boot", s->boot ? "partition %u" : "a folder of the root", s->boot ? s->boot->number : 0);
}

static void say_root(const struct image_source *s, const struct image_contents *c)
{
	if (!c->encrypted) {
		log_row("Root", "partition %u, NOT ENCRYPTED: 'bootseal image encrypt' does it",
			s->root->number);
		return;
	}
	log_row("Root", "partition %u, LUKS2, UUID %s", s->root->number, c->uuid);
	say_keyslots("passphrase or key file", c->ways.passphrase);
	say_keyslots("recovery key", c->ways.recovery);
	say_keyslots("TPM, of a machine that was enrolled", c->ways.tpm);
	say_keyslots("a key on the root", c->ways.late);
	say_keyslots("sealed for the first boots of one machine", c->ways.first_boot);
	say_keyslots("other programs' tokens", c->ways.other);
}

static void say_initrds(const struct image_contents *c)
{
	for (size_t i = 0; i < c->initrd_count; i++) {
		const struct image_initrd *at = &c->initrd[i];

		if (at->unread) {
			log_row("Initrd", "%s cannot be read: %s", at->name, at->why.text);
			continue;
		}
		log_row("Initrd", "%s%s%s", at->name, at->crypttab[0] ? "; opens " : "; opens nothing",
			at->crypttab);
		if (at->key)
			log_row("", "A KEY IN THE CLEAR IS IN IT");
		if (at->anchor)
			log_row("", "the anchor of a machine that was enrolled is in it");
	}
	if (c->more)
		log_row("Initrd", "and more than %d others, which were not looked at", IMAGE_INITRDS_MAX);
}

static bool any_key(const struct image_contents *c)
{
	for (size_t i = 0; i < c->initrd_count; i++)
		if (c->initrd[i].key)
			return true;
	return false;
}

static bool any_anchor(const struct image_contents *c)
{
	for (size_t i = 0; i < c->initrd_count; i++)
		if (c->initrd[i].anchor)
			return true;
	return c->ways.tpm != 0;
}

static void say_verdict(const struct image_contents *c)
{
	if (c->encrypted && any_key(c))
		log_row("Verdict", "It starts without a person, on any machine. ANYONE WHO READS THIS IMAGE "
				   "READS EVERYTHING, until "
				   "its first boot has sealed the volume and changed the key.");
	else if (c->encrypted && any_anchor(c))
		log_row("Verdict",
			"It is of a machine that was enrolled, and no template for others: 'bootseal remove "
			"--image', in it, makes it one.");
	else if (c->encrypted && c->ways.first_boot)
		log_row("Verdict",
			"It starts without a person on the machine that it was deployed for, and on no "
			"other.");
	else if (image_keeps_secrets(c))
		log_row("Verdict", "%s",
			c->encrypted ? "Not all of it could be looked at." :
				       "Anyone who reads it reads everything.");
	else
		log_row("Verdict",
			"Nothing in it opens it: it asks for the passphrase until it is enrolled.");
}

static const char *verdict_word(const struct image_contents *c)
{
	return !c->encrypted ? "not-encrypted" : any_key(c) ? "key-in-clear" : any_anchor(c) ? "enrolled" :
	       c->ways.first_boot ? "deployed" : image_keeps_secrets(c) ? "unknown" : "locked";
}

static struct json_object *initrd_object(const struct image_initrd *at)
{
	struct json_object *o = json_new_object();

	answer_put_words(o, "name", at->name);
	json_put_bool(o, "read", !at->unread);
	if (at->unread) {
		answer_put_words(o, "why", at->why.text);
		return o;
	}
	answer_put_words(o, "crypttab", at->crypttab);
	json_put_bool(o, "key_in_clear", at->key);
	json_put_bool(o, "anchor", at->anchor);
	return o;
}

static int print_json(const struct image_source *s, const struct image_contents *c, int code)
{
	struct json_object *top = answer_new(code), *root = json_new_object(), *list = json_new_list();

	answer_put_words(top, "image", s->path);
	json_put_text(top, "format", s->format);
	json_put_number(top, "size", (int64_t)s->size);
	json_put_number(top, "esp_partition", s->esp->number);
	if (s->boot)
		json_put_number(top, "boot_partition", s->boot->number);
	json_put_number(root, "partition", s->root->number);
	json_put_bool(root, "encrypted", c->encrypted);
	if (c->encrypted) {
		answer_put_words(root, "uuid", c->uuid);
		answer_put_ways(root, &c->ways);
	}
	json_put_member(top, "root", root);
	for (size_t i = 0; i < c->initrd_count; i++)
		json_list_add(list, initrd_object(&c->initrd[i]));
	json_put_member(top, "initrds", list);
	json_put_bool(top, "more_initrds", c->more);
	json_put_text(top, "verdict", verdict_word(c));
	return answer_print(top) < 0 ? EXIT_FAILED : code;
}

static void print_words(const struct image_source *s, const struct image_contents *c)
{
	say_disk(s);
	say_root(s, c);
	say_initrds(c);
	say_verdict(c);
}

int image_verify_show(const char *path, const char *format)
{
	struct image_source source;
	static struct image_contents contents;
	struct error err = ERROR_NONE;
	int r, code = EXIT_FAILED;

	r = image_source_look(path, format, &err, &source);
	if (r == 0)
		r = image_verify(&source, &err, &contents);
	if (r < 0) {
		/* 5 is a verdict */
		log_say("%s", err.text[0] ? err.text : strerror(-r));
	} else {
		code = image_keeps_secrets(&contents) ? EXIT_WILL_NOT : EXIT_YES;
		if (answer_is_json())
			code = print_json(&source, &contents, code);
		else
			print_words(&source, &contents);
	}
	image_source_end(&source, false);
	return code;
}

#include "cli/image_verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
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

int image_verify_show(const char *path, const char *format)
{
	struct image_source source;
	static struct image_contents contents;
	struct error err = ERROR_NONE;
	int r;

	r = image_source_begin(path, format, &err, &source);
	if (r == 0)
		r = image_verify(&source, &err, &contents);
	if (r == 0) {
		say_disk(&source);
		say_root(&source, &contents);
		say_initrds(&contents);
		say_verdict(&contents);
	} else {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
	}
	image_source_end(&source, false);
	if (r < 0)
		return cli_exit_code(r);
	return image_keeps_secrets(&contents) ? EXIT_WILL_NOT : EXIT_YES;
}

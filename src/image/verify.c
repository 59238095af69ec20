#include "image/verify.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "image/ext4.h"
#include "image/header.h"
#include "machine/trust/initrd.h"
#include "seal/volume.h"

#define INITRD_MAX (512u << 20)

static int look_at_header(const struct image_source *s, struct error *err, struct image_contents *ret)
{
	struct volume *v = NULL;
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/header", s->work) >= (int)sizeof(path))
		return error_set(err, -ENAMETOOLONG, "%s: too long", s->work);
	r = image_header_read(s, path, err);
	if (r == 0)
		r = volume_open(path, err, &v);
	if (r == 0) {
		snprintf(ret->uuid, sizeof(ret->uuid), "%s", volume_uuid(v));
		volume_ways(v, &ret->ways);
	}
	volume_close(v);
	return r;
}

/* cryptsetup-initramfs puts the keys there, and bootseal its anchor. */
static int take_entry(void *context, const struct cpio_entry *e)
{
	struct image_initrd *i = context;
	struct buffer line = BUFFER_NONE;

	i->key |= strncmp(e->name, "cryptroot/keyfiles/", 19) == 0;
	i->anchor |= strcmp(e->name, "etc/bootseal/anchor") == 0;
	i->deployed |= strcmp(e->name, "etc/bootseal/deployed") == 0;
	if (strcmp(e->name, "cryptroot/crypttab") == 0 && e->data) {
		text_add_printable(&line, e->data, strcspn((const char *)e->data, "\n"),
				   sizeof(i->crypttab) / 4 - 4);
		snprintf(i->crypttab, sizeof(i->crypttab), "%s", buffer_str(&line));
		buffer_free(&line);
	}
	return 0;
}

static int look_into(const struct image_source *s, const struct ext4 *fs, const char *folder,
		     struct image_initrd *i)
{
	const struct cpio_sink sink = { .context = i, .entry = take_entry };
	struct buffer b = BUFFER_NONE;
	struct reader initrd;
	char path[PATH_MAX], from[PATH_MAX];
	int r;

	snprintf(from, sizeof(from), "%s/%s", folder, i->name);
	if (snprintf(path, sizeof(path), "%s/looked-at", s->work) >= (int)sizeof(path))
		return error_set(&i->why, -ENAMETOOLONG, "%s: too long", s->work);
	r = ext4_copy_out(fs, from, path, &i->why);
	if (r == 0)
		r = file_read(path, INITRD_MAX, &i->why, &b);
	if (r == 0) {
		initrd = reader_new(b.data, b.len);
		r = initrd_unpack(&initrd, &sink, &i->why);
	}
	buffer_free(&b);
	unlink(path);
	return r;
}

static int note_initrd(void *context, const char *name)
{
	struct image_contents *c = context;

	if (strncmp(name, "initrd.img-", 11) != 0)
		return 0;
	if (c->initrd_count == IMAGE_INITRDS_MAX)
		c->more = true;
	else
		snprintf(c->initrd[c->initrd_count++].name, sizeof(c->initrd[0].name), "%s", name);
	return 0;
}

static void look_at_boot(const struct image_source *s, struct image_contents *c)
{
	struct ext4 fs = { .image = s->raw, .at = s->boot ? s->boot->start : s->root->start };
	const char *folder = s->boot ? "" : "/boot";

	/* the folder of an encrypted root */
	if (c->encrypted && !s->boot)
		return;
	ext4_list(&fs, s->boot ? "/" : folder, note_initrd, c, NULL);
	for (size_t i = 0; i < c->initrd_count; i++)
		c->initrd[i].unread = look_into(s, &fs, folder, &c->initrd[i]) < 0;
}

int image_verify(const struct image_source *s, struct error *err, struct image_contents *ret)
{
	int r = 0;

	*ret = (struct image_contents){ .encrypted = s->encrypted };
	if (s->encrypted)
		r = look_at_header(s, err, ret);
	if (r == 0)
		look_at_boot(s, ret);
	return r;
}

bool image_keeps_secrets(const struct image_contents *c)
{
	bool found = !c->encrypted || c->ways.tpm || c->more;

	for (size_t i = 0; i < c->initrd_count; i++)
		found |= c->initrd[i].unread || c->initrd[i].key || c->initrd[i].anchor;
	return found;
}

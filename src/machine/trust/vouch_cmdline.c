#include "machine/trust/vouch_cmdline.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/chain/chain_loader.h"
#include "machine/record/state.h"
#include "measure/boot/prediction_record.h"

#define SETTINGS_MAX_LEN (256u << 10)
#define BETWEEN " \t\n\"'`\\"

/* Written on every machine, by the tools that make the configuration. */
static const char common[] = "ro rw quiet splash\n";

static void add_events(struct buffer *b, const struct event_list *events)
{
	for (size_t i = 0; i < events->n; i++)
		if (events->e[i].kind == EVENT_CMDLINE)
			buffer_addf(b, "%s\n", event_text(&events->e[i]));
}

static int add_sealed(const struct machine *m, struct buffer *b)
{
	struct prediction_record p = PREDICTION_RECORD_NONE;
	struct buffer text = BUFFER_NONE;
	int r;

	r = machine_read(m, SEALED_PATH, PREDICTION_RECORD_MAX_LEN, NULL, &text);
	if (r == 0)
		r = prediction_record_parse(text.data, text.len, SEALED_PATH, NULL, &p);
	for (size_t i = 0; i < p.n && r == 0; i++)
		add_events(b, &p.path[i].events);
	prediction_record_free(&p);
	buffer_free(&text);
	return r == -ENOMEM ? r : 0;
}

/* Lines that are not comments. */
static void add_settings(const struct machine *m, const char *path, struct buffer *b)
{
	struct buffer text = BUFFER_NONE;
	struct reader rest, line;

	if (machine_read(m, path, SETTINGS_MAX_LEN, NULL, &text) < 0)
		return;
	rest = reader_new(text.data, text.len);
	while (reader_line(&rest, &line)) {
		if (line.left == 0 || line.at[0] == '#')
			continue;
		buffer_add(b, line.at, line.left);
		buffer_add_u8(b, '\n');
	}
	buffer_free(&text);
}

static void add_settings_of(const struct machine *m, const char *dir, struct buffer *b)
{
	char path[PATH_MAX];
	const struct dirent *e;
	DIR *d;

	d = machine_opendir(m, dir);
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s%s", dir, e->d_name) < (int)sizeof(path))
			add_settings(m, path, b);
	if (d)
		closedir(d);
}

int vouch_words(const struct chain *c, struct buffer *ret)
{
	struct buffer b = BUFFER_NONE;
	int r;

	buffer_add_str(&b, common);
	add_events(&b, &c->logged);
	r = add_sealed(c->machine, &b);
	for (const char *const *s = c->loader->settings; *s; s++)
		if ((*s)[strlen(*s) - 1] == '/')
			add_settings_of(c->machine, *s, &b);
		else
			add_settings(c->machine, *s, &b);
	if (r == 0 && !buffer_ok(&b))
		r = -ENOMEM;
	if (r < 0)
		buffer_free(&b);
	else
		*ret = b;
	return r;
}

static bool is_edge(char c, const char *edges)
{
	return c == '\0' || strchr(edges, c);
}

/* Does it stand there as a whole, perhaps after "NAME="? */
static bool is_known(const char *words, const char *word, size_t n)
{
	for (const char *p = words; (p = memmem(p, strlen(p), word, n)); p++)
		if ((p == words || is_edge(p[-1], BETWEEN "=;({")) && is_edge(p[n], BETWEEN ";)}"))
			return true;
	return false;
}

static bool starts(const char *word, const char *with)
{
	return strncmp(word, with, strlen(with)) == 0;
}

/*
 * grub-mkconfig names the root by the UUID of its file system or by its mapping, by what links udev has made
 * at that moment. Both are safe: bootseal-unlock lets no root but one on the opened volume start. Other ways
 * to name it are not, such as /dev/nfs.
 */
static bool names_root(const char *word, size_t n)
{
	static const char uuid[] = "root=UUID=", mapping[] = "root=/dev/mapper/";
	static const char hex[] = "0123456789abcdefABCDEF-";
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	if (starts(word, uuid))
		return n > strlen(uuid) && strspn(word + strlen(uuid), hex) == n - strlen(uuid);
	return starts(word, mapping) && n > strlen(mapping) &&
	       strspn(word + strlen(mapping), plain) == n - strlen(mapping);
}

int vouch_cmdline(const struct buffer *words, const char *cmdline, struct error *err)
{
	bool has_root = false;
	size_t n;

	for (;; cmdline += n) {
		cmdline += strspn(cmdline, BETWEEN);
		n = strcspn(cmdline, BETWEEN);
		if (n == 0)
			break;
		has_root |= starts(cmdline, "root=");
		if (!starts(cmdline, "BOOT_IMAGE=") && !names_root(cmdline, n) &&
		    !is_known(buffer_str(words), cmdline, n))
			return error_set(err, -EPERM,
					 "it has '%.*s', which neither a sealed boot nor /etc/default/grub "
					 "has; 'bootseal reseal --accept-current' accepts it if it is yours",
					 (int)(n < 200 ? n : 200), cmdline);
	}
	if (!has_root)
		return error_set(err, -EPERM,
				 "it names no root file system; 'bootseal reseal --accept-current' accepts "
				 "it if it is yours");
	return 0;
}

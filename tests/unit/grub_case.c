#include "grub_case.h"

/* Follows path below dir, blind to case where fat; -ENOENT. */
static int case_find(const char *dir, const char *path, bool fat, char *ret, size_t ret_len)
{
	char at[1024], name[256];
	struct dirent *e;
	size_t n;
	DIR *d;

	snprintf(at, sizeof(at), "%s", dir);
	while (*path) {
		while (*path == '/')
			path++;
		n = strcspn(path, "/");
		if (!n)
			break;
		if (n >= sizeof(name))
			return -ENOENT;
		memcpy(name, path, n);
		name[n] = '\0';
		path += n;
		d = opendir(at);
		if (!d)
			return -ENOENT;
		while ((e = readdir(d)) && (fat ? strcasecmp(e->d_name, name) : strcmp(e->d_name, name)))
			;
		if (e)
			snprintf(at + strlen(at), sizeof(at) - strlen(at), "/%s", e->d_name);
		closedir(d);
		if (!e)
			return -ENOENT;
	}
	snprintf(ret, ret_len, "%s", at);
	return 0;
}

static int case_locate(struct grub_case *c, const struct grub_device *d, const char *path, char *ret,
		       size_t ret_len)
{
	bool fat = d->fs && !strcmp(d->fs, "fat");
	char dir[700];

	if (!d->files)
		return -ENOENT;
	snprintf(dir, sizeof(dir), "%s/%s", c->dir, (const char *)d->files);
	if (!case_find(dir, path, fat, ret, ret_len))
		return 0;
	for (size_t i = 0, n; i < c->place_count; i++) {
		n = strlen(c->places[i].path);
		if (!strcmp(c->places[i].root, d->files) && !strncmp(path, c->places[i].path, n) &&
		    (path[n] == '/' || !path[n]) &&
		    !case_find(c->places[i].dir, path + n, fat, ret, ret_len))
			return 0;
	}
	snprintf(dir, sizeof(dir), "%s/%s", c->common, (const char *)d->files);
	if (!case_find(dir, path, fat, ret, ret_len))
		return 0;
	snprintf(dir, sizeof(dir), "tests/grub/common/%s", (const char *)d->files);
	return case_find(dir, path, fat, ret, ret_len);
}

/* A name may be a link to a file that is only a stub (vmlinuz-6.1 -> vmlinuz). */
static struct case_stub *case_stub(struct grub_case *c, const struct grub_device *d, const char *path)
{
	char name[1024], target[256] = "/";
	ssize_t n;
	size_t i;

	if (!case_locate(c, d, path, name, sizeof(name))) {
		n = readlink(name, target + 1, sizeof(target) - 2);
		if (n > 0)
			path = target;
	}
	for (i = 0; d->files && i < c->stub_count; i++)
		if (!strcmp(c->stubs[i].path, path) && !strcmp(c->stubs[i].root, d->files))
			return &c->stubs[i];
	return NULL;
}

static bool through_file(struct grub_case *c, const struct grub_device *d, const char *path)
{
	char part[1024], name[1024];
	struct stat st;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (case_stub(c, d, part) || (!case_locate(c, d, part, name, sizeof(name)) &&
					      !stat(name, &st) && !S_ISDIR(st.st_mode)))
			return true;
	}
	return false;
}

static int case_stat(void *context, const struct grub_device *d, const char *path, struct grub_stat *ret)
{
	struct case_stub *s = case_stub(context, d, path);
	char name[1024];
	struct stat st;

	if (!case_locate(context, d, path, name, sizeof(name)) && !stat(name, &st)) {
		/* the recording gives every file the same date, but for names that say otherwise */
		*ret = (struct grub_stat){ .is_dir = S_ISDIR(st.st_mode),
					   .size = (uint64_t)st.st_size,
					   .mtime_set = true };
		ret->mtime = strstr(path, "newer") ? 1700000000 + 86400 : 1700000000;
		return 0;
	}
	if (!s)
		return through_file(context, d, path) ? -ENOTDIR : -ENOENT;
	*ret = (struct grub_stat){ .size = s->size, .mtime_set = true, .mtime = 1700000000 };
	return 0;
}

static int case_read(void *context, const struct grub_device *d, const char *path, const uint8_t **ret_bytes,
		     size_t *ret_len)
{
	struct grub_case *c = context;
	struct buffer *b;
	char name[1024];
	int r;

	if (case_locate(c, d, path, name, sizeof(name)) || c->kept_count >= CASE_KEPT)
		return -ENOENT;
	b = &c->kept[c->kept_count++];
	r = file_read(name, GRUB_MAX_FILE_LEN, NULL, b);
	*ret_bytes = b->data ? b->data : (const uint8_t *)"";
	*ret_len = b->len;
	return r;
}

static int case_digest(void *context, const struct grub_device *d, const char *path,
		       uint8_t ret[static SHA256_LEN])
{
	struct case_stub *s = case_stub(context, d, path);
	const uint8_t *bytes;
	size_t len;

	if (!(s && s->first) && !case_read(context, d, path, &bytes, &len))
		return hash_sha256(bytes, len, ret);
	if (!s)
		return -ENOENT;
	memcpy(ret, s->digest, SHA256_LEN);
	return 0;
}

static int case_list(void *context, const struct grub_device *d, const char *path,
		     int (*each)(void *each_context, const char *name), void *each_context)
{
	struct grub_case *c = context;
	struct dirent **names;
	char name[1024];
	int n, i, r = 0;
	size_t k;

	if (case_locate(c, d, path, name, sizeof(name)))
		return -ENOENT;
	n = scandir(name, &names, NULL, alphasort);
	for (i = 0; i < n; i++) {
		if (!r)
			r = each(each_context, names[i]->d_name);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	/* the root also holds what is only there as a stub */
	for (k = 0; !r && !strcmp(path, "/") && k < c->stub_count; k++)
		if (!strchr(c->stubs[k].path + 1, '/'))
			r = each(each_context, c->stubs[k].path + 1);
	return n < 0 ? -ENOTDIR : r;
}

static void case_read_stubs(struct grub_case *c, const char *dir)
{
	char name[700], hex[80];
	struct case_stub *s;
	unsigned long size;
	FILE *f;

	snprintf(name, sizeof(name), "%s/stubs", dir);
	f = fopen(name, "r");
	while (f && c->stub_count < CASE_STUBS) {
		s = &c->stubs[c->stub_count];
		if (fscanf(f, "%15s %159s %lu %79s", s->root, s->path, &size, hex) != 4)
			break;
		s->size = size;
		if (!text_unhex(hex, strlen(hex), s->digest, SHA256_LEN))
			c->stub_count++;
	}
	if (f)
		fclose(f);
}

static const char *case_word(const char *s)
{
	return strcmp(s, "-") ? s : NULL;
}

/*
 * Lines of a machine file: device NAME FS UUID LABEL TREE | boot DEVICE DIR | choice PATH | no-secure-boot
 * | ...
 */
static void case_line(struct grub_case *c, char *line)
{
	size_t n = c->machine.device_count;
	char (*w)[80] = c->words[n < CASE_DEVICES ? n : CASE_DEVICES - 1];
	struct grub_device *d = &c->devices[n < CASE_DEVICES ? n : CASE_DEVICES - 1];

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "device %79s %79s %79s %79s %79s", w[0], w[1], w[2], w[3], w[4]) == 5) {
		*d = (struct grub_device){ .name = w[0], .fs = case_word(w[1]), .fs_uuid = case_word(w[2]) };
		d->fs_label = case_word(w[3]);
		d->files = (void *)case_word(w[4]);
		c->machine.device_count++;
	} else if (sscanf(line, "boot-uuid %79s", c->boot_uuid) == 1) {
		return;
	} else if (sscanf(line, "boot %79s %79s", c->words[CASE_DEVICES][0], c->words[CASE_DEVICES][1]) ==
		   2) {
		c->machine.boot_device = c->words[CASE_DEVICES][0];
		c->machine.boot_dir = c->words[CASE_DEVICES][1];
	} else if (!strncmp(line, "choice ", 7)) {
		snprintf(c->choice_path, sizeof(c->choice_path), "%s", line + 7);
		c->choice.path = c->choice_path;
	} else if (!strcmp(line, "no-secure-boot")) {
		c->machine.secure_boot = false;
	}
}

static bool case_read_machine(struct grub_case *c, const char *dir)
{
	char name[700], line[512];
	FILE *f;

	snprintf(name, sizeof(name), "%s/machine", dir);
	f = fopen(name, "r");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f))
		case_line(c, line);
	fclose(f);
	return true;
}

void case_add_place(struct grub_case *c, const char *root, const char *path, const char *dir)
{
	struct case_place *p = &c->places[c->place_count++];

	*p = (struct case_place){ .root = root, .path = path };
	snprintf(p->dir, sizeof(p->dir), "%s", dir);
}

struct grub_case *case_open(const char *dir, const struct grub_build *build)
{
	struct grub_case *c = calloc(1, sizeof(*c));

	snprintf(c->dir, sizeof(c->dir), "%s", dir);
	snprintf(c->common, sizeof(c->common), "tests/grub/common/%d", (int)build->version);
	c->stubs = calloc(CASE_STUBS, sizeof(*c->stubs));
	c->machine = (struct grub_machine){ .build = build, .secure_boot = true, .devices = c->devices };
	c->files = (struct grub_files){
		.context = c, .stat = case_stat, .read = case_read, .digest = case_digest, .list = case_list,
		.list_as_on_disk = true
	};
	c->machine.files = &c->files;
	case_read_machine(c, c->dir);
	if (!c->machine.device_count)
		case_read_machine(c, "tests/grub/common");
	for (size_t i = 0; c->boot_uuid[0] && i < c->machine.device_count; i++)
		if (c->devices[i].files && !strcmp(c->devices[i].files, "boot"))
			c->devices[i].fs_uuid = c->boot_uuid;
	case_read_stubs(c, c->dir);
	case_read_stubs(c, c->common);
	return c;
}

/* "/boot/vmlinuz-6.1.0-56-amd64", "(hd0,gpt1)/EFI/BOOT/BOOTX64.EFI": what no case has as a file */
static bool case_is_image(const char *path)
{
	const char *name = strrchr(path, '/');
	size_t n = strlen(path);

	return name && (!strncmp(name, "/vmlinuz", 8) || !strncmp(name, "/initrd", 7) ||
			(n > 4 && !strcasecmp(path + n - 4, ".efi")));
}

/* "9 DIGEST /vmlinuz-6.1.0-56-amd64": the digest is the file's. */
void case_take_kernels(struct grub_case *c, const char *expected)
{
	char hex[80], path[160];
	struct case_stub *s;

	for (const char *line = expected; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		if (sscanf(line, "9 %79s %159s", hex, path) != 2 || c->stub_count >= CASE_STUBS ||
		    !case_is_image(path))
			continue;
		s = c->stubs;
		memmove(s + 1, s, c->stub_count * sizeof(*s));
		*s = (struct case_stub){ .root = "boot", .size = 1, .first = true };
		snprintf(s->root, sizeof(s->root), "%s", strncmp(path, "(hd0,gpt1)", 10) ? "boot" : "esp");
		snprintf(s->path, sizeof(s->path), "%s", strchr(path, '/'));
		if (!text_unhex(hex, strlen(hex), s->digest, SHA256_LEN))
			c->stub_count++;
	}
}

void case_close(struct grub_case *c)
{
	size_t i;

	for (i = 0; i < c->kept_count; i++)
		buffer_free(&c->kept[i]);
	free(c->modules);
	free(c->stubs);
	free(c);
}

void case_event_line(const struct event *e, struct buffer *b)
{
	const char *colon = strstr(e->what, ": ");
	uint8_t digest[SHA256_LEN];
	char hex[2 * SHA256_LEN + 1];
	const char *p;

	if (e->type == BOOT_EVENT_IMAGE) {
		buffer_add_str(b, "4 image\n");
		return;
	}
	buffer_addf(b, "%u ", e->pcr);
	text_hex(e->digest, SHA256_LEN, hex);
	if (e->pcr != 8 || !colon || hash_sha256(colon + 2, strlen(colon + 2), digest) < 0 ||
	    memcmp(digest, e->digest, SHA256_LEN))
		buffer_addf(b, "%s ", hex);
	for (p = e->what; *p; p++) {
		if (*p == '\n')
			buffer_add_str(b, "\\n");
		else if (*p == '\\')
			buffer_add_str(b, "\\\\");
		else if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			buffer_addf(b, "\\x%02x", (unsigned char)*p);
		else
			buffer_add(b, p, 1);
	}
	buffer_add_str(b, "\n");
}

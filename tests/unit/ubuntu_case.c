#include "ubuntu_case.h"

/* The netboot image's script, as far as its commands in PCR 8 show it. */
static const char netboot[] = "if [ -e $prefix/x86_64-efi/grub.cfg ]; then\n"
			      "\tsource $prefix/x86_64-efi/grub.cfg\n"
			      "elif [ -e $prefix/grub.cfg-amd64 ]; then\n"
			      "\tsource $prefix/grub.cfg-amd64\n"
			      "else\n"
			      "\tsource $prefix/grub.cfg\n"
			      "fi\n";

#define SHIM_15_8 "shim 15.8-0ubuntu1"

const struct ubuntu_loader ubuntu_loaders[] = {
	{ "ub8", "GRUB 2.06-2ubuntu14.8", SHIM_15_8, GRUB_2_06, "lists/206", "/EFI/ubuntu", NULL },
	{ "ub8n", "GRUB 2.06-2ubuntu14.8", SHIM_15_8, GRUB_2_06, "lists/206", "/EFI/ubuntu", NULL },
	{ "ub4", "GRUB 2.06-2ubuntu14.4", "shim 15.7-0ubuntu1", GRUB_2_06, "lists/206", "/EFI/ubuntu", NULL },
	{ "net", "GRUB 2.12-1ubuntu7.1 (netboot flavour)", SHIM_15_8, GRUB_2_12, NULL, "/grub", netboot },
	/* a cloud VM's published log, without digests; its image was built from the same source as "net" */
	{ "log", "GRUB 2.12-1ubuntu7.1 (netboot flavour)", SHIM_15_8, GRUB_2_12, NULL, "/EFI/ubuntu", NULL },
	{ .name = NULL },
};

bool ubuntu_image(const char *folder, const char *image, const char *word, struct buffer *ret)
{
	char path[700], line[4096];
	bool here = false, found = false;
	size_t n = strlen(word);
	FILE *f;

	snprintf(path, sizeof(path), "%s/images.txt", folder);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "== ", 3))
			here = !strcmp(line + 3, image);
		if (!here || strncmp(line, word, n) != 0 || line[n] != ' ')
			continue;
		buffer_addf(ret, "%s%s", found ? "\n" : "", line + n + 1);
		found = true;
	}
	if (f)
		fclose(f);
	return found;
}

/* grub-gfxpayload-lists has it on every Ubuntu; GRUB looks whether it exists, and opens it on a BIOS only. */
static void add_list(struct grub_case *c, const char *path)
{
	struct case_stub *s = &c->stubs[c->stub_count++];

	*s = (struct case_stub){ .root = "boot", .size = 1 };
	snprintf(s->path, sizeof(s->path), "%s/gfxblacklist.txt", path);
}

struct grub_case *ubuntu_case_open(const char *folder, const char *dir, const struct ubuntu_loader *loader)
{
	struct buffer modules = BUFFER_NONE;
	struct grub_case *c;
	char path[700];

	buffer_add_str(&modules, " ");
	if (!ubuntu_image(folder, loader->image, "modules", &modules)) {
		buffer_free(&modules);
		return NULL;
	}
	buffer_add_str(&modules, " ");
	c = case_open(dir, grub_build_find(GRUB_UBUNTU, loader->version));
	c->machine.modules = c->modules = buffer_steal(&modules);
	c->machine.prefix = loader->prefix;
	c->machine.embedded = loader->script;
	if (loader->lists)
		snprintf(path, sizeof(path), "%s/%s", folder, loader->lists);
	else
		snprintf(path, sizeof(path), "%s/boot/grub/x86_64-efi", c->common);
	/* first, and instead of those of Debian: where /boot is a partition, and where it is not */
	case_add_place(c, "boot", "/grub/x86_64-efi", path);
	case_add_place(c, "boot", "/boot/grub/x86_64-efi", path);
	add_list(c, "/grub");
	add_list(c, "/boot/grub");
	if (strcmp(loader->prefix, "/EFI/ubuntu") != 0) {
		snprintf(path, sizeof(path), "%s/esp/EFI/ubuntu", dir);
		case_add_place(c, "esp", loader->prefix, path);
	}
	return c;
}

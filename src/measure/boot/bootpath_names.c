#include "measure/boot/bootpath_names.h"

#include <string.h>

/*
 * initramfs-tools 0.142 (init: break=, init=, rdinit= by the kernel), systemd 252 (kernel-command-line(7):
 * rescue, emergency and their short forms, the debug shell).
 */
static const char *const shell_words[] = { "single",    "s",  "S", "1",     "rescue",
					   "emergency", "-b", "b", "break", NULL };
static const char *const shell_prefixes[] = { "break=",
					      "rdinit=",
					      "rd.break",
					      "systemd.unit=rescue",
					      "systemd.unit=emergency",
					      "rd.systemd.unit=",
					      "systemd.debug-shell",
					      "systemd.debug_shell",
					      "rd.systemd.debug",
					      NULL };
static const char *const plain_inits[] = { "init=/sbin/init", "init=/lib/systemd/systemd",
					   "init=/usr/lib/systemd/systemd", NULL };

static bool is_one_of(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && memcmp(*list, word, n) == 0)
			return true;
	return false;
}

static bool starts_one_of(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) <= n && memcmp(*list, word, strlen(*list)) == 0)
			return true;
	return false;
}

bool cmdline_gives_root_shell(const char *cmdline, const char **ret_word, size_t *ret_len)
{
	static const char *const init[] = { "init=", NULL };
	const char *word = cmdline;
	size_t n;

	for (;; word += n) {
		word += strspn(word, " \t\"");
		n = strcspn(word, " \t\"");
		if (n == 0)
			return false;
		if (is_one_of(word, n, shell_words) || starts_one_of(word, n, shell_prefixes) ||
		    (starts_one_of(word, n, init) && !is_one_of(word, n, plain_inits))) {
			*ret_word = word;
			*ret_len = n;
			return true;
		}
	}
}

const char *kernel_release(const char *path)
{
	static const char name[] = "vmlinuz-";
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	return strncmp(base, name, sizeof(name) - 1) == 0 ? base + sizeof(name) - 1 : "";
}

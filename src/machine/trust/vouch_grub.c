#include "machine/trust/vouch_grub.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/process.h"
#include "machine/trust/vouch_language.h"
#include "measure/grub/env.h"
#include "measure/grub/grub.h"

#define MKCONFIG "/usr/sbin/grub-mkconfig"
#define MKCONFIG_TIMEOUT_MS 180000
#define LANGUAGES_TIME_S 30 /* no further language is tried after that */

bool vouch_by_signed_grub(const struct vouch *v, const struct vouch_question *q)
{
	return input_same_as(q->input, "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed");
}

/* The hints that grub-install adds after `root': names of disks and options, no more. */
static bool are_hints(const struct reader *r)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789,-= ";

	for (size_t i = 0; i < r->left; i++)
		if (!memchr(allowed, r->at[i], sizeof(allowed) - 1))
			return false;
	return true;
}

static bool takes(struct reader *r, const char *text)
{
	struct reader part;

	return reader_take(r, strlen(text), &part) && reader_equals(&part, text);
}

/* util/grub-install.c: three lines that find the file system of /boot and go on with its configuration. */
bool vouch_by_grub_install(const struct vouch *v, const struct vouch_question *q)
{
	const struct partition *boot = partition_by_mount(&v->chain->parts, "/boot");
	const char *dir = boot ? "/grub" : "/boot/grub";
	struct reader rest, line;

	if (!boot)
		boot = partition_by_mount(&v->chain->parts, "/");
	if (!boot || boot->fs_uuid[0] == '\0' || input_bytes(q->input, NULL, &rest) < 0)
		return false;
	if (!reader_line(&rest, &line) || !takes(&line, "search.fs_uuid ") || !takes(&line, boot->fs_uuid) ||
	    !takes(&line, " root") || !are_hints(&line))
		return false;
	if (!reader_line(&rest, &line) || !takes(&line, "set prefix=($root)'") || !takes(&line, dir) ||
	    !reader_equals(&line, "'"))
		return false;
	return reader_line(&rest, &line) && reader_equals(&line, "configfile $prefix/grub.cfg") &&
	       rest.left == 0;
}

static bool mkconfig_prints(const char *program, const char *const *env, const struct reader *want)
{
	const char *const argv[] = { program, NULL };
	const struct process p = { .argv = argv, .env = env, .timeout_ms = MKCONFIG_TIMEOUT_MS };
	struct buffer printed = BUFFER_NONE;
	bool same;

	if (process_capture(&p, GRUB_MAX_FILE_LEN, NULL, &printed) < 0)
		return false;
	same = printed.len == want->left && memcmp(printed.data, want->at, want->left) == 0;
	buffer_free(&printed);
	return same;
}

/* As a program finds it: LC_ALL before LANG. grub-mkconfig copies LANG, whatever its messages are in. */
static bool mkconfig_prints_in(const char *program, const char *lang, const char *messages,
			       const struct reader *want)
{
	char lang_is[LANGUAGE_MAX + 8], all_is[LANGUAGE_MAX + 8];
	const char *const env[] = { lang_is, all_is, "LANGUAGE=", NULL };

	snprintf(lang_is, sizeof(lang_is), "LANG=%s", lang);
	snprintf(all_is, sizeof(all_is), "LC_ALL=%s", messages);
	return mkconfig_prints(program, env, want);
}

/*
 * What it prints depends on the language. update-grub ran in somebody's, which must be guessed: ssh passes on
 * what is set where it was started.
 */
static bool mkconfig_prints_in_any(const struct machine *m, const char *program, const struct reader *want)
{
	struct languages l;
	time_t start = time(NULL);

	languages_find(m, want, &l);
	if (mkconfig_prints_in(program, l.system, "", want) || mkconfig_prints_in(program, "C", "C", want))
		return true;
	for (size_t i = 0; i < l.n; i++) {
		if (time(NULL) - start > LANGUAGES_TIME_S)
			break;
		if (mkconfig_prints_in(program, l.other[i], "", want) ||
		    mkconfig_prints_in(program, l.system, l.other[i], want))
			return true;
	}
	return false;
}

bool vouch_by_grub_mkconfig(const struct vouch *v, const struct vouch_question *q)
{
	char program[PATH_MAX];
	struct reader want;

	if (strcmp(input_facts(q->input)->path, "/boot/grub/grub.cfg") != 0 ||
	    machine_path(v->chain->machine, MKCONFIG, program) < 0 ||
	    input_bytes(q->input, NULL, &want) < 0 || want.left == 0)
		return false;
	return mkconfig_prints(program, NULL, &want) ||
	       mkconfig_prints_in_any(v->chain->machine, program, &want);
}

/* Where grub-install and grub-mkconfig copy the files under /boot/grub from. */
bool vouch_by_copy(const struct vouch *v, const struct vouch_question *q)
{
	static const struct {
		/* rest: after what follows the prefix, up to its last dot */
		const char *prefix, *from, *rest;
	} copies[] = {
		{ "/boot/grub/x86_64-efi/", "/usr/lib/grub/x86_64-efi/", NULL },
		{ "/boot/grub/fonts/", "/usr/share/grub/", NULL },
		{ "/boot/grub/unicode.pf2", "/usr/share/grub/unicode.pf2", NULL },
		{ "/boot/grub/themes/", "/usr/share/grub/themes/", NULL },
		{ "/boot/grub/locale/", "/usr/share/locale/", "/LC_MESSAGES/grub.mo" },
		{ "/boot/grub/locale/", "/usr/share/locale-langpack/", "/LC_MESSAGES/grub.mo" },
		{ "/boot/grub/.background_cache", "/usr/share/images/desktop-base/desktop-grub", NULL },
	};
	const char *of = input_facts(q->input)->path, *name;
	char path[PATH_MAX];
	size_t n;

	if (strstr(of, ".."))
		return false;
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		if (strncmp(of, copies[i].prefix, strlen(copies[i].prefix)) != 0)
			continue;
		name = of + strlen(copies[i].prefix);
		n = copies[i].rest ? strcspn(name, ".") : strlen(name);
		snprintf(path, sizeof(path), "%s%.*s%s", copies[i].from, (int)n, name,
			 copies[i].rest ? copies[i].rest : "");
		if (input_same_as(q->input, path))
			return true;
	}
	return false;
}

/*
 * Set by GRUB, grub-reboot, grub-set-default and the distributions' services; all they can do is to choose an
 * entry.
 */
static int check_variable(void *context, const char *name, const char *value)
{
	static const char *const known[] = { "saved_entry",
					     "next_entry",
					     "prev_saved_entry",
					     "recordfail",
					     "prev_entry",
					     "boot_once",
					     "initrdfail",
					     "initrdless_boot_fallback_triggered",
					     "menu_show_once" };
	struct error *why = context;

	(void)value;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], name) == 0)
			return 0;
	return error_set(why, -EPERM,
			 "it sets '%s', which is not a variable of GRUB's tools; 'grub-editenv - unset %s' "
			 "removes it",
			 name, name);
}

int vouch_grubenv(const struct vouch *v, const struct vouch_question *q, struct error *why)
{
	struct reader bytes;
	int r;

	r = input_bytes(q->input, why, &bytes);
	if (r < 0)
		return r;
	if (bytes.left == 0)
		return 0;
	if (!grub_env_valid(bytes.at, bytes.left))
		return error_set(why, -EPERM,
				 "it is not a GRUB environment block; 'grub-editenv - create' writes a new "
				 "one");
	return grub_env_each(bytes.at, bytes.left, check_variable, why);
}

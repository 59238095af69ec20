#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/terminal.h"
#include "machine/late.h"
#include "machine/recovery.h"
#include "seal/pin.h"
#include "seal/recovery_key.h"

#define PASSPHRASE_MAX 512 /* bytes, as cryptsetup's own limit for a typed one */

int ask_secret(const char *prompt, struct error *err, struct secret *ret)
{
	int tty, r;

	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0)
		return error_set(err, -ENOTTY, "there is no terminal to ask on");
	r = terminal_ask(tty, tty, prompt, PASSPHRASE_MAX, ret);
	close(tty);
	if (r == -ENODATA)
		return error_set(err, r, "nothing was typed");
	return r < 0 ? error_set(err, r, "cannot read what was typed: %s", strerror(-r)) : 0;
}

static int read_file(const char *key_file, struct error *err, struct secret *ret)
{
	int fd, r;

	fd = strcmp(key_file, "-") == 0 ? STDIN_FILENO : open(key_file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "%s: %s", key_file, strerror(errno));
	r = secret_read_fd(fd, PASSPHRASE_MAX, ret);
	if (fd != STDIN_FILENO)
		close(fd);
	if (r < 0)
		return error_set(err, r, "%s: %s", key_file, strerror(-r));
	if (ret->len == 0)
		return error_set(err, -EINVAL, "%s: empty", key_file);
	return 0;
}

int ask_passphrase(const char *prompt, const char *key_file, struct error *err, struct secret *ret)
{
	struct secret key = SECRET_NONE;
	int r;

	r = key_file ? read_file(key_file, err, ret) : ask_secret(prompt, err, ret);
	if (r == -ENOTTY)
		error_set(err, r, "there is no terminal to ask on: use --key-file");
	if (r == 0 && recovery_parse(ret, NULL, &key) == 0) {
		secret_free(ret);
		*ret = key;
	}
	return r;
}

/* Named only where it matters: a key file may well have one. */
static void name_newline(const char *key_file, const struct secret *key, struct error *err)
{
	if (key->len > 0 && key->bytes[key->len - 1] == '\n')
		error_set(err, 0,
			  "%s does not open the volume; it ends with a newline, which is part of the key, as "
			  "with cryptsetup --key-file: write the passphrase without one (printf %%s)",
			  strcmp(key_file, "-") == 0 ? "standard input" : key_file);
}

/* One kind of test: -EPERM when the passphrase opens nothing. */
struct test {
	const char *prompt;
	int (*run)(const void *context, const struct secret *given, struct error *err);
	const void *context;
};

static int ask_until(const struct test *t, const char *key_file, struct error *err, struct secret *ret)
{
	struct secret given = SECRET_NONE;
	int r = -EPERM;

	for (int left = key_file ? 1 : ASK_TRIES; r == -EPERM && left > 0; left--) {
		r = ask_passphrase(t->prompt, key_file, err, &given);
		if (r < 0)
			return r;
		r = t->run(t->context, &given, err);
		if (r == -EPERM && key_file)
			name_newline(key_file, &given, err);
		else if (r == -EPERM && left > 1)
			log_say("%s; try again", err->text);
		if (r < 0)
			secret_free(&given);
	}
	if (r == 0)
		*ret = given;
	return r;
}

static int test_root(const void *context, const struct secret *given, struct error *err)
{
	struct recovery_there there;

	return recovery_check(context, given, err, &there);
}

int ask_tested(const struct machine *m, const char *key_file, struct error *err, struct secret *ret)
{
	return ask_until(&(struct test){ ASK_ROOT, test_root, m }, key_file, err, ret);
}

static int test_volume(const void *context, const struct secret *given, struct error *err)
{
	int slot;

	return late_test(context, given, err, &slot);
}

int ask_for_volume(const struct target *t, const char *key_file, struct error *err, struct secret *ret)
{
	char prompt[TARGET_NAME_MAX + 32];

	snprintf(prompt, sizeof(prompt), "Passphrase of %s: ", t->name);
	return ask_until(&(struct test){ prompt, test_volume, t }, key_file, err, ret);
}

bool ask_can(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool ask_yes(const char *question)
{
	char line[16] = "";

	if (!ask_can())
		return false;
	fputs(question, stdout);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) && strcmp(line, "yes\n") == 0;
}

/* -EAGAIN with a message: again. */
static int ask_twice(struct error *err, struct secret *ret)
{
	struct secret first = SECRET_NONE, again = SECRET_NONE;
	int r;

	r = ask_secret("New PIN (6 to 64 characters, not shown): ", err, &first);
	if (r == 0 && pin_check(&first, err) < 0)
		r = -EAGAIN;
	if (r == 0)
		r = ask_secret("The same again: ", err, &again);
	if (r == 0 && (first.len != again.len || memcmp(first.bytes, again.bytes, first.len) != 0))
		r = error_set(err, -EAGAIN, "these are two different PINs");
	if (r == 0) {
		*ret = first;
		first = SECRET_NONE;
	}
	secret_free(&first);
	secret_free(&again);
	if (r == -ENOTTY)
		error_set(err, r, "there is no terminal to ask on: use --pin-file");
	return r;
}

int ask_new_pin(const char *pin_file, struct error *err, struct secret *ret)
{
	struct secret pin = SECRET_NONE;
	int r = 0;

	for (int i = 0; i < ASK_TRIES && !pin_file; i++) {
		if (i > 0)
			log_say("%s", err->text);
		r = ask_twice(err, ret);
		if (r != -EAGAIN)
			return r;
	}
	if (!pin_file)
		return -EINVAL;
	r = read_file(pin_file, err, &pin);
	if (r < 0)
		return r;
	/* a blank is none of a PIN's characters */
	if (pin.bytes[pin.len - 1] == '\n')
		pin.len--;
	r = pin_check(&pin, err);
	if (r < 0)
		error_prefix(err, r, "%s", pin_file);
	else
		*ret = pin;
	if (r < 0)
		secret_free(&pin);
	return r;
}

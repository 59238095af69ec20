/* The helper VM with a script in QEMU's place: on a machine without KVM, or with one that is of no use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "image/helper.h"

#define DIR_LEN 64

struct heard {
	char dir[DIR_LEN], notes[512];
	unsigned steps;
};

static void said(void *context, enum helper_word word, const char *text, uint64_t done, uint64_t all)
{
	struct heard *h = context;

	(void)done;
	(void)all;
	if (word == HELPER_NOTE)
		snprintf(h->notes, sizeof(h->notes), "%s", text);
	h->steps += word == HELPER_STEP;
}

static void write_text(const struct heard *h, const char *name, const char *text, mode_t mode)
{
	char path[DIR_LEN + 64];

	snprintf(path, sizeof(path), "%s/%s", h->dir, name);
	assert_int_equal(file_replace(path, text, strlen(text), mode, NULL), 0);
}

static int setup(void **state)
{
	struct heard *h = calloc(1, sizeof(*h));
	char path[DIR_LEN + 200];

	assert_non_null(h);
	strcpy(h->dir, "/tmp/bootseal-helper-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	snprintf(path, sizeof(path), "%s:/usr/sbin:/usr/bin:/sbin:/bin", h->dir);
	setenv("PATH", path, 1);
	write_text(h, "initrd.img", "an initrd", 0600);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct heard *h = *state;
	char command[DIR_LEN + 16];

	snprintf(command, sizeof(command), "rm -r %s", h->dir);
	assert_int_equal(system(command), 0);
	free(h);
	return 0;
}

/* kvm: what it does with "-accel kvm". ret: the script's last word. */
static int run(struct heard *h, const char *kvm, struct error *err, char ret[static 64])
{
	char stub[600], image[DIR_LEN + 16], initrd[DIR_LEN + 16];
	uint8_t settings[] = "go\n";
	const struct secret lines = { .bytes = settings, .len = 3 };
	const struct helper helper = {
		.work = h->dir, .source = image, .target = image, .vmlinuz = image, .initrd = initrd,
		.cmdline = "root_part=1", .script = helper_script_encrypt(), .settings = &lines,
		.kvm_ms = 500, .said = said, .context = h,
	};

	snprintf(image, sizeof(image), "%s/image", h->dir);
	snprintf(initrd, sizeof(initrd), "%s/initrd.img", h->dir);
	snprintf(stub, sizeof(stub),
		 "#!/bin/sh\ncase \"$*\" in\n*'-accel kvm'*) echo kvm >>%s/ran; %s ;;\n"
		 "*'-accel tcg'*) echo tcg >>%s/ran; echo 'step one'; cat; echo 'done emulated' ;;\nesac\n",
		 h->dir, kvm, h->dir);
	write_text(h, "qemu-system-x86_64", stub, 0700);
	*err = ERROR_NONE;
	h->notes[0] = '\0';
	h->steps = 0;
	ret[0] = '\0';
	return helper_run(&helper, err, ret, 64);
}

static void ran(const struct heard *h, const char *want)
{
	struct buffer b = BUFFER_NONE;
	char path[DIR_LEN + 8];

	snprintf(path, sizeof(path), "%s/ran", h->dir);
	assert_int_equal(file_read(path, 100, NULL, &b), 0);
	assert_string_equal(buffer_str(&b), want);
	buffer_free(&b);
	assert_int_equal(remove(path), 0);
}

static void with_kvm(void **state)
{
	struct heard *h = *state;
	struct error err;
	char ret[64];

	assert_int_equal(run(h, "echo 'step one'; sleep 1; echo 'done quickly'", &err, ret), 0);
	assert_string_equal(ret, "quickly");
	assert_string_equal(h->notes, "");
	ran(h, "kvm\n");
	/* it has begun: what it did is not done again */
	assert_int_equal(run(h, "echo 'step one'; echo 'failed at one'", &err, ret), -EPIPE);
	assert_non_null(strstr(err.text, "at one"));
	ran(h, "kvm\n");
	assert_int_equal(run(h, "echo 'refused this'", &err, ret), -ECANCELED);
	ran(h, "kvm\n");
}

static void without_kvm(void **state)
{
	struct heard *h = *state;
	struct error err;
	char ret[64];

	assert_int_equal(run(h, "echo 'Could not access KVM kernel module' >&2; exit 1", &err, ret), 0);
	assert_string_equal(ret, "emulated");
	assert_string_equal(h->notes, "");
	assert_int_equal(h->steps, 1);
	ran(h, "kvm\ntcg\n");
}

static void kvm_that_hangs(void **state)
{
	struct heard *h = *state;
	struct error err;
	char ret[64];

	assert_int_equal(run(h, "exec sleep 600", &err, ret), 0);
	assert_string_equal(ret, "emulated");
	assert_non_null(strstr(h->notes, "KVM does not start"));
	ran(h, "kvm\ntcg\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(with_kvm, setup, teardown),
		cmocka_unit_test_setup_teardown(without_kvm, setup, teardown),
		cmocka_unit_test_setup_teardown(kvm_that_hangs, setup, teardown),
	};

	return cmocka_run_group_tests_name("image_helper", tests, NULL, NULL);
}

#include "ubuntu_boot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "measure/log/tcg.h"
#include "shared.h"
#include "siglist_sample.h"
#include "ubuntu_shim.h"

static void read_variables(struct ubuntu_boot *b)
{
	static const char global[] = "8be4df61-93ca-11d2-aa0d-00e098032b8c";
	static const char security[] = "d719b2cb-3d3a-4596-a3bc-dad00e67656f";
	static const char shims[] = "605dab50-e046-4300-abb6-3dd810dd8b23";
	const struct {
		const char *name, *guid;
		struct reader *to;
	} wanted[UBUNTU_VARIABLES] = {
		{ "SecureBoot", global, &b->vars.secure_boot },
		{ "PK", global, &b->vars.pk },
		{ "KEK", global, &b->vars.kek },
		{ "db", security, &b->vars.db },
		{ "dbx", security, &b->vars.dbx },
		{ "SbatLevelRT", shims, &b->vars.sbat_level_rt },
		{ "MokListRT", shims, &b->vars.mok_list_rt },
		{ "MokListXRT", shims, &b->vars.mok_list_x_rt },
		{ "MokListTrustedRT", shims, &b->vars.mok_list_trusted_rt },
		{ "MokSBStateRT", shims, &b->vars.mok_sb_state_rt },
	};
	char path[700];

	for (size_t i = 0; i < UBUNTU_VARIABLES; i++) {
		snprintf(path, sizeof(path), "%s/vars/%s-%s", b->from->dir, wanted[i].name, wanted[i].guid);
		*wanted[i].to = sb_absent();
		if (file_read(path, 1 << 20, NULL, &b->variable[i]) < 0)
			continue;
		assert_true(b->variable[i].len >= 4);
		*wanted[i].to = reader_new(b->variable[i].data + 4, b->variable[i].len - 4);
	}
}

static void read_log(struct ubuntu_boot *b)
{
	struct error err = ERROR_NONE;
	struct reader bytes;
	char path[700];
	size_t images = 0;

	snprintf(path, sizeof(path), "%s/log.bin", b->from->dir);
	assert_int_equal(file_read(path, EVENTLOG_MAX_LEN, NULL, &b->log_bytes), 0);
	bytes = bytes_of(&b->log_bytes);
	if (eventlog_parse(&bytes, &err, &b->log) < 0 || eventlog_events(&b->log, &err, &b->logged) < 0)
		fail_msg("%s", err.text);
	/* what the firmware did before it started anything, and the image that was started last */
	for (size_t i = 0; i < b->logged.n; i++) {
		const struct event *e = &b->logged.e[i];

		if (e->pcr != 4)
			continue;
		if (e->type == EV_EFI_BOOT_SERVICES_APPLICATION) {
			images++;
			memcpy(b->kernel, e->digest, SHA256_LEN);
		} else if (images == 0) {
			assert_int_equal(event_list_add(&b->platform, 4, e->type, e->digest, e->what), 0);
		}
	}
	assert_true(images >= 3);
}

static void read_digest(const char *image, uint8_t ret[static SHA256_LEN])
{
	struct buffer hex = BUFFER_NONE;

	assert_true(ubuntu_image(shared_path("ubuntu-grub"), image, "authenticode-sha256", &hex));
	assert_int_equal(text_unhex(buffer_str(&hex), strlen(buffer_str(&hex)), ret, SHA256_LEN), 0);
	buffer_free(&hex);
}

void ubuntu_boot_take_shim(struct ubuntu_boot *b, const char *image, const char *level)
{
	const char *canonical = shared_path("vectors/azure/secureboot/canonical-master-ca-2012.der");
	struct buffer sbat = BUFFER_NONE;

	assert_int_equal(file_read(canonical, 65536, NULL, &b->canonical), 0);
	assert_true(ubuntu_image(shared_path("ubuntu-grub"), image, "sbat", &sbat));
	buffer_add_str(&sbat, "\n");
	ubuntu_shim_make(&(struct ubuntu_shim){ .vendor = bytes_of(&b->canonical),
						.vendor_x = bytes_of(&b->debian.list_x),
						.sbat = buffer_str(&sbat), .level = level }, &b->shim);
	b->debian.image[0].file = bytes_of(&b->shim);
	buffer_free(&sbat);
}

void ubuntu_boot_open(const struct ubuntu_recording *from, struct ubuntu_boot *b)
{
	*b = (struct ubuntu_boot){ .from = from };
	open_debian12(&b->debian);
	read_variables(b);
	read_log(b);
}

void ubuntu_boot_close(struct ubuntu_boot *b)
{
	for (size_t i = 0; i < UBUNTU_VARIABLES; i++)
		buffer_free(&b->variable[i]);
	event_list_free(&b->logged);
	event_list_free(&b->platform);
	event_list_free(&b->secureboot);
	event_list_free(&b->authorities[0]);
	event_list_free(&b->authorities[1]);
	eventlog_free(&b->log);
	buffer_free(&b->log_bytes);
	buffer_free(&b->shim);
	buffer_free(&b->canonical);
	close_world(&b->debian);
	if (b->c)
		case_close(b->c);
}

static int kernel_facts(void *context, const char *path, struct error *err, struct boot_kernel *ret)
{
	const struct ubuntu_boot *b = context;
	bool shim = strstr(path, "BOOTX64.EFI") != NULL;

	*ret = (struct boot_kernel){ .authorities = &b->authorities[shim] };
	memcpy(ret->digest, shim ? b->facts.image[0].digest : b->kernel, SHA256_LEN);
	return 0;
}

static int kernel_stub(void *context, const char *path, struct error *err, struct boot_stub *ret)
{
	*ret = (struct boot_stub){ .options = true, .initrd = true };
	return 0;
}

/* Of one initrd: the file's own. */
static int initrds_digest(void *context, char *const *path, size_t n, struct error *err,
			  uint8_t ret[static SHA256_LEN])
{
	const struct ubuntu_boot *b = context;
	const struct case_stub *s = b->c->stubs;

	assert_int_equal(n, 1);
	for (size_t i = 0; i < b->c->stub_count; i++)
		if (s[i].first && strcmp(s[i].path, strchr(path[0], ')') + 1) == 0)
			return memcpy(ret, s[i].digest, SHA256_LEN), 0;
	return error_set(err, -ENOENT, "%s: not recorded", path[0]);
}

void ubuntu_boot_make_facts(struct ubuntu_boot *b)
{
	const struct ubuntu_loader *l = b->from->loader;
	struct buffer expected = BUFFER_NONE;
	char dir[600], path[700];

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(b->from->dir, '/') - b->from->dir), b->from->dir);
	b->c = l ? ubuntu_case_open(shared_path("ubuntu-grub"), dir, l) :
		   case_open(dir, grub_build_find(GRUB_DEBIAN, GRUB_2_06));
	assert_non_null(b->c);
	snprintf(path, sizeof(path), "%s/expected", b->from->dir);
	assert_int_equal(file_read(path, 1 << 20, NULL, &expected), 0);
	case_take_kernels(b->c, buffer_str(&expected));
	buffer_free(&expected);
	b->facts = (struct boot_facts){
		.platform = &b->platform, .secureboot = &b->secureboot, .image_count = 2,
		.image = { { .name = "shim" }, { .name = "GRUB" } },
		.loader = &boot_loader_grub, .own = &b->c->machine, .context = b,
		.kernel = kernel_facts, .stub = kernel_stub, .initrds = initrds_digest,
	};
	for (size_t i = 0; i < 2; i++)
		memcpy(b->facts.image[i].digest, b->debian.image[i].digest, SHA256_LEN);
	if (!l)
		return;
	read_digest(l->shim, b->facts.image[0].digest);
	read_digest(l->image, b->facts.image[1].digest);
}

#include "machine/uefi_config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "hash/hash.h"
#include "machine/system/efivars.h"
#include "measure/efi/secureboot_siglist.h"
#include "seal/json.h"

#define FILE_MAX (4u << 20)
#define VALUE_MAX (1u << 20) /* characters of one base64 text */
#define VALUES_MAX 4096
#define DISK_TYPE "Microsoft.Compute/disks"
/* non-volatile, seen by loaders and by the system, written with a signature and a time */
#define ATTRIBUTES 0x27u


static const struct {
	const char *name, *path;
} keys[UEFI_CONFIG_KEYS] = {
	{ "PK", EFIVARS_DIR "/PK-" EFIVARS_GLOBAL },
	{ "KEK", EFIVARS_DIR "/KEK-" EFIVARS_GLOBAL },
	{ "db", EFIVARS_DIR "/db-" EFIVARS_SECURITY },
	{ "dbx", EFIVARS_DIR "/dbx-" EFIVARS_SECURITY },
};

/* 77fa9abd-0359-4d32-bd60-28f4e78f784b */
static const uint8_t microsoft[EFI_GUID_LEN] = { 0xbd, 0x9a, 0xfa, 0x77, 0x59, 0x03, 0x32, 0x4d,
						 0xbd, 0x60, 0x28, 0xf4, 0xe7, 0x8f, 0x78, 0x4b };

/* What is being read, for the words of an error. */
struct input {
	const char *path;
	struct error *err;
};

static int bad(const struct input *in, const char *key, const char *what)
{
	return error_set(in->err, -EBADMSG, "%s: %s: %s", in->path, key, what);
}

static int read_variable(const struct input *in, struct json_object *root, size_t i, struct buffer *ret)
{
	const char *name = keys[i].name;
	struct reader content;
	char *text;
	int r = 0;

	if (!json_has(root, name))
		return bad(in, name, "missing; write null for a variable that does not exist");
	if (json_is_null(root, name))
		return 0;
	text = malloc(VALUE_MAX);
	if (!text)
		return error_set(in->err, -ENOMEM, "out of memory");
	if (!json_member_text(root, name, VALUE_MAX, text))
		r = bad(in, name, "not a text that is shorter than 1 MiB");
	else if (text_unbase64(text, strlen(text), ret) < 0)
		r = bad(in, name, "not base64");
	content = reader_new(ret->data, ret->len);
	if (r == 0 && !siglist_valid(&content))
		r = bad(in, name, "not the content of that variable (EFI_SIGNATURE_LISTs)");
	free(text);
	return r;
}

static int read_variables(const struct input *in, struct json_object *root, struct uefi_config *ret)
{
	int r = 0;

	if (json_has(root, "properties"))
		return error_set(in->err, -EBADMSG, "%s: a disk of Azure's: give it to --azure-disk",
				 in->path);
	for (size_t i = 0; i < UEFI_CONFIG_KEYS && r == 0; i++)
		r = read_variable(in, root, i, &ret->content[i]);
	return r;
}

/* A list of n entries of the same length, with nothing of them yet. */
static void begin_list(struct buffer *b, const uint8_t *type, size_t n, size_t len)
{
	buffer_add(b, type, EFI_GUID_LEN);
	buffer_add_le32(b, (uint32_t)(EFI_GUID_LEN + 12 + n * (EFI_GUID_LEN + len)));
	buffer_add_le32(b, 0);
	buffer_add_le32(b, (uint32_t)(EFI_GUID_LEN + len));
}

static int add_value(const struct input *in, const char *key, struct json_object *value, bool certificate,
		     struct buffer *ret)
{
	const char *text = json_word(value, VALUE_MAX);
	struct buffer data = BUFFER_NONE;
	int r = 0;

	if (!text || text_unbase64(text, strlen(text), &data) < 0)
		return bad(in, key, "a value that is not base64");
	if (!certificate && data.len != SHA256_LEN)
		r = bad(in, key, "a sha256 that does not have 32 bytes");
	if (certificate)
		begin_list(ret, siglist_type_x509, 1, data.len);
	buffer_add(ret, microsoft, EFI_GUID_LEN);
	buffer_add(ret, data.data, data.len);
	buffer_free(&data);
	return r;
}

static int add_signatures(const struct input *in, const char *key, struct json_object *o, struct buffer *ret)
{
	const char *type = json_member_word(o, "type", 16);
	struct json_object *values = json_member_list(o, "value");
	const size_t n = values ? json_list_len(values) : 0;
	const bool certificates = type && strcmp(type, "x509") == 0;
	int r = 0;

	if (!type || (!certificates && strcmp(type, "sha256") != 0))
		return bad(in, key, "its type is neither \"x509\" nor \"sha256\"");
	if (n == 0 || n > VALUES_MAX)
		return bad(in, key, "no list of values");
	if (!certificates)
		begin_list(ret, siglist_type_sha256, n, SHA256_LEN);
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_value(in, key, json_list_at(values, i), certificates, ret);
	return r;
}

static int read_signatures(const struct input *in, struct json_object *all, size_t i, struct buffer *ret)
{
	const char *name = keys[i].name;
	struct json_object *one = json_member_object(all, name), *list = json_member_list(all, name);
	int r = 0;

	if (one)
		return add_signatures(in, name, one, ret);
	if (!list)
		return bad(in, name, "missing; [] is none");
	for (size_t k = 0; k < json_list_len(list) && r == 0; k++)
		r = json_is_object(json_list_at(list, k))
			    ? add_signatures(in, name, json_list_at(list, k), ret)
			    : bad(in, name, "not a list of {type, value}");
	return r;
}

static int read_azure_disk(const struct input *in, struct json_object *root, struct uefi_config *ret)
{
	const char *type = json_member_word(root, "type", 64), *mode;
	struct json_object *at;
	int r = 0;

	if (!type || strcmp(type, DISK_TYPE) != 0)
		return error_set(in->err, -EBADMSG, "%s: its type is not \"" DISK_TYPE "\"", in->path);
	at = json_member_object(root, "properties");
	at = at ? json_member_object(at, "uefiSettings") : NULL;
	mode = at ? json_member_word(at, "signatureMode", 32) : NULL;
	if (!mode)
		return bad(in, "properties.uefiSettings.signatureMode", "missing");
	if (strcmp(mode, "Replace") != 0)
		return error_set(in->err, -EOPNOTSUPP,
				 "%s: signatureMode \"%s\": what these signatures are added to is not in it; "
				 "only \"Replace\" tells all", in->path, mode);
	at = json_member_object(at, "signatures");
	if (!at)
		return bad(in, "properties.uefiSettings.signatures", "missing");
	for (size_t i = 0; i < UEFI_CONFIG_KEYS && r == 0; i++)
		r = read_signatures(in, at, i, &ret->content[i]);
	return r;
}

int uefi_config_read(const char *path, enum uefi_config_form form, struct error *err,
		     struct uefi_config *ret)
{
	const struct input in = { .path = path, .err = err };
	struct uefi_config c = { .content = { BUFFER_NONE } };
	struct json_object *root = NULL;
	struct buffer text = BUFFER_NONE;
	int r;

	r = file_read(path, FILE_MAX, err, &text);
	while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]))
		text.len--;
	if (r == 0) {
		r = json_read(buffer_str(&text), text.len, err, &root);
		if (r < 0)
			error_prefix(err, r, "%s", path);
	}
	if (r == 0)
		r = form == UEFI_CONFIG_VARIABLES ? read_variables(&in, root, &c)
						  : read_azure_disk(&in, root, &c);
	if (r == 0 && c.content[0].len == 0)
		r = bad(&in, keys[0].name, "empty: without it Secure Boot would be off");
	for (size_t i = 0; i < UEFI_CONFIG_KEYS && r == 0; i++)
		if (!buffer_ok(&c.content[i]))
			r = error_set(err, -ENOMEM, "out of memory");
	json_free(root);
	buffer_free(&text);
	if (r < 0)
		uefi_config_free(&c);
	else
		*ret = c;
	return r;
}

void uefi_config_free(struct uefi_config *c)
{
	for (size_t i = 0; i < UEFI_CONFIG_KEYS; i++)
		buffer_free(&c->content[i]);
}

const char *uefi_config_path(size_t i)
{
	return keys[i].path;
}

int uefi_config_file(const struct uefi_config *c, size_t i, struct buffer *ret)
{
	buffer_add_le32(ret, ATTRIBUTES);
	buffer_add(ret, c->content[i].data, c->content[i].len);
	return buffer_ok(ret) ? 0 : -ENOMEM;
}

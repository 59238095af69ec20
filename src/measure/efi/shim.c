#include "measure/efi/shim.h"

#include <errno.h>
#include <string.h>

#include "measure/efi/sbat.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"

#define SBAT_SIGNATURE "sbat,"
#define SBAT_ORIGINAL "sbat,1,2021030218\n"
#define SBAT_DATE_LEN 10

enum { SBAT_POLICY_LATEST = 1, SBAT_POLICY_AUTOMATIC = 2, SBAT_POLICY_RESET = 3 };

bool shim_is(const struct pe *image)
{
	struct reader section;

	return pe_section(image, ".vendor_cert", &section);
}

/* cert.S: the two sizes, then the two offsets from the start of the section. */
static int parse_vendor(const struct pe *image, struct error *err, struct shim *s)
{
	uint32_t authorized_len, deauthorized_len, authorized_at, deauthorized_at;
	struct reader section, head;

	if (!pe_section(image, ".vendor_cert", &section))
		return error_set(err, -EBADMSG, "shim: no section .vendor_cert");
	head = section;
	if (!reader_le32(&head, &authorized_len) || !reader_le32(&head, &deauthorized_len) ||
	    !reader_le32(&head, &authorized_at) || !reader_le32(&head, &deauthorized_at) ||
	    !reader_at(&section, authorized_at, authorized_len, &s->authorized) ||
	    !reader_at(&section, deauthorized_at, deauthorized_len, &s->deauthorized))
		return error_set(err, -EBADMSG, "shim: section .vendor_cert: a part ends past the section");
	return 0;
}

static bool text_at(const struct reader *section, uint64_t at, struct reader *ret)
{
	const uint8_t *nul;

	if (at >= section->left)
		return false;
	nul = memchr(section->at + at, '\0', section->left - at);
	if (!nul)
		return false;
	*ret = reader_new(section->at + at, nul - (section->at + at));
	return true;
}

/* A version, then two offsets, from the end of the version, of texts that end in NUL. */
static int parse_sbat(const struct pe *image, struct error *err, struct shim *s)
{
	uint32_t version, automatic_at, latest_at;
	struct reader section, payload, head;

	if (!pe_section(image, ".sbatlevel", &section))
		return 0;
	payload = section;
	if (!reader_le32(&payload, &version))
		return error_set(err, -EBADMSG, "shim: section .sbatlevel is cut off");
	if (version != 0)
		return error_set(err, -EOPNOTSUPP,
				 "shim: section .sbatlevel has unknown version %u", version);
	head = payload;
	if (!reader_le32(&head, &automatic_at) || !reader_le32(&head, &latest_at) ||
	    !text_at(&payload, automatic_at, &s->sbat_automatic) ||
	    !text_at(&payload, latest_at, &s->sbat_latest))
		return error_set(err, -EBADMSG, "shim: section .sbatlevel: a text ends past the section");
	return 0;
}

int shim_parse(const struct pe *image, struct error *err, struct shim *ret)
{
	struct shim s = { .file = image->file, .hides_deauthorized = sbat_names(image, "shim.ubuntu") };
	int r;

	r = parse_vendor(image, err, &s);
	if (r == 0)
		r = parse_sbat(image, err, &s);
	if (r == 0)
		*ret = s;
	return r;
}

bool shim_vendor_cert(const struct shim *s, struct reader *ret_cert)
{
	/*
	 * one of VENDOR_CERT_FILE and VENDOR_DB_FILE is built in; only a DER certificate begins with these
	 * bytes
	 */
	if (s->authorized.left < 4 || s->authorized.at[0] != 0x30 || s->authorized.at[1] != 0x82)
		return false;
	*ret_cert = s->authorized;
	return true;
}

/* One EFI_SIGNATURE_LIST with one entry that shim owns. */
static void add_own_list(struct buffer *b, const uint8_t type[static EFI_GUID_LEN], const void *data,
			 size_t n)
{
	buffer_add(b, type, EFI_GUID_LEN);
	buffer_add_le32(b, EFI_GUID_LEN + 12 + EFI_GUID_LEN + n);
	buffer_add_le32(b, 0);
	buffer_add_le32(b, EFI_GUID_LEN + n);
	buffer_add(b, uefi_guid_shim_lock, EFI_GUID_LEN);
	buffer_add(b, data, n);
}

static bool same_file(const struct shim *a, const struct shim *b)
{
	return a->file.left == b->file.left &&
	       (a->file.at == b->file.at || memcmp(a->file.at, b->file.at, a->file.left) == 0);
}

/*
 * A certificate among the "user's" keys that is also in the running shim's file is its build key
 * (ENABLE_SHIM_CERT).
 */
static bool has_build_key(const struct shim *running, const struct reader *users)
{
	struct siglist s = siglist_begin(users);
	struct siglist_entry e;

	return siglist_next(&s, &e) == 1 && siglist_is(&e, siglist_type_x509) &&
	       e.data.left <= running->file.left &&
	       memmem(running->file.at, running->file.left, e.data.at, e.data.left);
}

/* Two builds of shim, and what each puts in front of the user's keys. */
struct builds {
	const struct shim *next, *running;
	struct buffer next_own, running_own;
};

static int build_list(const struct builds *b, const struct reader *mirror, struct error *err,
		      struct buffer *ret)
{
	static const uint8_t none[32];
	struct buffer list = BUFFER_NONE, dummy = BUFFER_NONE;
	struct reader users = *mirror, own;
	int r = 0;

	/* shim always creates the variable: with a digest of zeros when the list is empty */
	add_own_list(&dummy, siglist_type_sha256, none, sizeof(none));
	if (!buffer_ok(&dummy) || !buffer_ok(&b->next_own) || !buffer_ok(&b->running_own)) {
		r = -ENOMEM;
		goto out;
	}
	if (b->running_own.len == 0 && users.left == dummy.len &&
	    memcmp(users.at, dummy.data, dummy.len) == 0)
		users.left = 0;
	if (mirror->at && (!reader_take(&users, b->running_own.len, &own) ||
	    (own.left > 0 && memcmp(own.at, b->running_own.data, own.left) != 0))) {
		r = error_set(err, -EOPNOTSUPP,
			      "shim's list of keys does not begin with those of the shim that booted");
		goto out;
	}
	if (!same_file(b->next, b->running) && has_build_key(b->running, &users)) {
		r = error_set(err, -EOPNOTSUPP,
			      "shim was built with a key of its own, and the new shim's key is not known");
		goto out;
	}
	buffer_add(&list, b->next_own.data, b->next_own.len);
	buffer_add(&list, users.at, users.left);
	if (list.len == 0)
		buffer_add(&list, dummy.data, dummy.len);
	if (!buffer_ok(&list)) {
		r = -ENOMEM;
		goto out;
	}
	*ret = list;
	list = BUFFER_NONE;
out:
	buffer_free(&list);
	buffer_free(&dummy);
	return r;
}

static void builds_free(struct builds *b)
{
	buffer_free(&b->next_own);
	buffer_free(&b->running_own);
}

static void add_authorized(const struct shim *s, struct buffer *b)
{
	struct reader cert;

	if (shim_vendor_cert(s, &cert))
		add_own_list(b, siglist_type_x509, cert.at, cert.left);
	else
		buffer_add(b, s->authorized.at, s->authorized.left);
}

int shim_mok_list(const struct shim *next, const struct shim *running, const struct reader *mirror,
		  struct error *err, struct buffer *ret)
{
	struct builds b = { next, running, BUFFER_NONE, BUFFER_NONE };
	int r;

	add_authorized(next, &b.next_own);
	add_authorized(running, &b.running_own);
	r = build_list(&b, mirror, err, ret);
	builds_free(&b);
	return r;
}

static void add_deauthorized(const struct shim *s, struct buffer *b)
{
	if (!s->hides_deauthorized)
		buffer_add(b, s->deauthorized.at, s->deauthorized.left);
}

int shim_mok_list_x(const struct shim *next, const struct shim *running, const struct reader *mirror,
		    struct error *err, struct buffer *ret)
{
	struct builds b = { next, running, BUFFER_NONE, BUFFER_NONE };
	int r;

	add_deauthorized(next, &b.next_own);
	add_deauthorized(running, &b.running_own);
	r = build_list(&b, mirror, err, ret);
	builds_free(&b);
	return r;
}

/* The text from field n of the first line on (fields end with commas); empty when there are fewer fields. */
static struct reader sbat_field(struct reader text, int n)
{
	uint8_t c;

	while (n > 0 && reader_u8(&text, &c))
		if (c == ',')
			n--;
	return text;
}

/* Like strncmp() of n bytes, with a NUL at the end of each text. */
static int compare(const struct reader *a, const struct reader *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int x = i < a->left ? a->at[i] : 0, y = i < b->left ? b->at[i] : 0;

		if (x != y || x == 0)
			return x - y;
	}
	return 0;
}

/* preserve_sbat_uefi_variable(): is the present level at least as new? */
static bool keep_level(const struct reader *current, const struct reader *candidate)
{
	struct reader version = sbat_field(*current, 1), new_version = sbat_field(*candidate, 1);
	struct reader date = sbat_field(*current, 2), new_date = sbat_field(*candidate, 2);
	size_t version_len = version.left - date.left, new_version_len = new_version.left - new_date.left;

	if (current->left < strlen(SBAT_ORIGINAL) ||
	    memcmp(current->at, SBAT_SIGNATURE, strlen(SBAT_SIGNATURE)) != 0)
		return false;
	if (version_len > new_version_len ||
	    (version_len == new_version_len && new_version_len > 0 &&
	     compare(&version, &new_version, new_version_len - 1) > 0))
		return true;
	return compare(&date, &new_date, SBAT_DATE_LEN) >= 0;
}

int shim_sbat_level(const struct shim *s, const struct shim_sbat *before, struct error *err,
		    struct reader *ret)
{
	const struct reader *current = &before->level, *policy = &before->policy;
	static const char original[] = SBAT_ORIGINAL;
	uint8_t wanted = SBAT_POLICY_AUTOMATIC;
	struct reader candidate = s->sbat_automatic;

	if (!s->sbat_automatic.at)
		return error_set(err, -EOPNOTSUPP, "shim: older than 15.6 (it has no section .sbatlevel), "
				 "which is not modelled, and revoked: install a current shim-signed");
	if (policy->left > 0)
		wanted = policy->at[0];
	if (!before->secure &&
	    (policy->left == 0 || (wanted != SBAT_POLICY_LATEST && wanted != SBAT_POLICY_AUTOMATIC))) {
		*ret = reader_new(original, strlen(original));
		return 0;
	}
	if (wanted == SBAT_POLICY_LATEST)
		candidate = s->sbat_latest;
	*ret = current->at && keep_level(current, &candidate) ? *current : candidate;
	return 0;
}

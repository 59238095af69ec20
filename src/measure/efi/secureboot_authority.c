#include "measure/efi/secureboot_authority.h"

#include <errno.h>
#include <string.h>

#include "hash/authenticode.h"
#include "measure/efi/pe.h"
#include "measure/efi/secureboot_siglist.h"
#include "measure/efi/uefi.h"

/* shim skips certificates that are only for kernel modules (verify_eku) */
#define EKU_MODULE_SIGNING "1.3.6.1.4.1.2312.16.1.2"

/* One variable that holds a signature database. */
struct database {
	const uint8_t *guid;
	const char *name;
	struct reader bytes;
	bool shims; /* read by shim, which only sees the first certificate of a list (check_db_cert_in_ram) */
};

static int malformed(const struct database *db, struct error *err)
{
	return error_set(err, -EBADMSG, "Secure Boot: the signature database %s is malformed", db->name);
}

static int found(const struct database *db, const struct reader *signature, struct error *err,
		 struct sb_authorities *ret)
{
	if (ret->n == SB_AUTHORITIES_MAX)
		return error_set(err, -E2BIG, "Secure Boot: too many authorities");
	ret->a[ret->n++] = (struct sb_authority){ .guid = db->guid, .name = db->name, .data = *signature };
	return 1;
}

/* Is the image's digest in it? 1 (added to ret) or 0. */
static int find_digest(const struct database *db, const uint8_t digest[static SHA256_LEN], struct error *err,
		       struct sb_authorities *ret)
{
	struct siglist s = siglist_begin(&db->bytes);
	struct siglist_entry e;
	int r;

	while ((r = siglist_next(&s, &e)) > 0)
		if (siglist_is(&e, siglist_type_sha256) && e.data.left == SHA256_LEN &&
		    memcmp(e.data.at, digest, SHA256_LEN) == 0)
			return found(db, &e.signature, err, ret);
	return r < 0 ? malformed(db, err) : 0;
}

/* Does a certificate in it verify the signature? 1 (added to ret) or 0. */
static int find_signer(const struct database *db, const struct authenticode *sig, struct error *err,
		       struct sb_authorities *ret)
{
	struct siglist s = siglist_begin(&db->bytes);
	struct siglist_entry e;
	bool valid;
	int r;

	while ((r = siglist_next(&s, &e)) > 0) {
		if (!siglist_is(&e, siglist_type_x509) || (db->shims && e.index > 0))
			continue;
		if (db->shims && authenticode_cert_has_usage(&e.data, EKU_MODULE_SIGNING))
			continue;
		r = authenticode_verify(sig, &e.data, &valid);
		if (r < 0)
			return error_set(err, r, "Secure Boot: out of memory");
		if (valid)
			return found(db, &e.signature, err, ret);
	}
	return r < 0 ? malformed(db, err) : 0;
}

/*
 * Does dbx name a certificate of the chain by its digest (IsCertHashFoundInDbx)? The time of revocation in
 * the entry is ignored: a revoked certificate is always refused here.
 */
static int find_revoked(const struct database *db, const struct authenticode *sig, struct error *err)
{
	struct siglist s = siglist_begin(&db->bytes);
	uint8_t whole[SHA256_LEN], tbs[SHA256_LEN];
	struct siglist_entry e;
	int r;

	while ((r = siglist_next(&s, &e)) > 0) {
		if (!siglist_is(&e, siglist_type_x509_sha256) || e.data.left < SHA256_LEN)
			continue;
		for (size_t i = 0; i < authenticode_n_certs(sig); i++)
			if (authenticode_cert_digest(sig, i, whole, tbs) == 0 &&
			    memcmp(e.data.at, tbs, SHA256_LEN) == 0)
				return 1;
	}
	return r < 0 ? malformed(db, err) : 0;
}

static int forbidden(const struct sb_image *image, const char *by, struct error *err)
{
	return error_set(err, -EKEYREJECTED, "%s: forbidden by %s", image->name, by);
}

/* 1 and the signature; 0 when it is malformed or made for a different image. */
static int open_signature(const struct sb_image *image, const struct reader *blob, struct authenticode **ret)
{
	struct authenticode *sig;
	int r;

	r = authenticode_parse(blob, &sig);
	if (r == -EBADMSG)
		return 0;
	if (r < 0)
		return r;
	if (!authenticode_covers(sig, image->digest)) {
		authenticode_free(sig);
		return 0;
	}
	*ret = sig;
	return 1;
}

static int firmware_deny(const struct sb_image *image, const struct database *dbx,
			 const struct authenticode *sig, struct error *err)
{
	struct sb_authorities unmeasured = { .n = 0 };
	int r;

	r = find_signer(dbx, sig, err, &unmeasured);
	if (r == 0)
		r = find_revoked(dbx, sig, err);
	return r > 0 ? forbidden(image, "a certificate in dbx", err) : r;
}

/* 1 good, 0 not. */
static int firmware_allow(const struct sb_image *image, const struct database *db,
			  const struct authenticode *sig, struct error *err, struct sb_authorities *ret)
{
	int r = find_signer(db, sig, err, ret);

	return r == 0 ? find_digest(db, image->digest, err, ret) : r;
}

int sb_firmware_verify(const struct sb_image *image, const struct sb_vars *vars, struct error *err,
		       struct sb_authorities *ret)
{
	const struct database db = { uefi_guid_security, "db", vars->db, false };
	const struct database dbx = { uefi_guid_security, "dbx", vars->dbx, false };
	struct sb_authorities unmeasured = { .n = 0 };
	struct authenticode *sig;
	bool verified = false;
	struct pe pe;
	int r;

	r = pe_parse(&image->file, err, &pe);
	if (r < 0)
		return error_prefix(err, r, "%s", image->name);
	r = find_digest(&dbx, image->digest, err, &unmeasured);
	if (r != 0)
		return r < 0 ? r : forbidden(image, "its digest in dbx", err);
	for (size_t i = 0; i < pe.n_signatures; i++) {
		r = open_signature(image, &pe.signature[i], &sig);
		if (r < 0)
			return error_set(err, r, "Secure Boot: out of memory");
		if (r == 0)
			continue;
		r = firmware_deny(image, &dbx, sig, err);
		/* after a good signature, the further ones are only checked against dbx */
		if (r == 0 && !verified)
			r = firmware_allow(image, &db, sig, err, ret);
		authenticode_free(sig);
		if (r < 0)
			return r;
		verified |= r > 0;
	}
	if (pe.n_signatures == 0) {
		r = find_digest(&db, image->digest, err, ret);
		if (r < 0)
			return r;
		verified = r > 0;
	}
	return verified ? 0 : error_set(err, -EKEYREJECTED, "%s: not verified by db", image->name);
}

/* The databases in the order in which shim consults them. */
struct shim_databases {
	struct database deny[3], allow[2];
	size_t n_allow;
};

static struct shim_databases databases_of(const struct sb_shim_lists *l)
{
	const struct sb_vars *v = l->vars;
	struct shim_databases d = {
		.deny = {
			{ uefi_guid_security, "dbx", l->shim->deauthorized, true },
			{ uefi_guid_security, "dbx", v->dbx, true },
			{ uefi_guid_shim_lock, "MokListX", l->mok_list_x, true },
		},
	};

	if (v->mok_ignore_db.left == 0 || v->mok_ignore_db.at[0] == 0)
		d.allow[d.n_allow++] = (struct database){ uefi_guid_security, "db", v->db, true };
	d.allow[d.n_allow++] = (struct database){ uefi_guid_shim_lock, "MokListRT", l->mok_list, true };
	return d;
}

/* shim tries its built-in certificate last, and measures it without an owner. */
static int vendor_judge(const struct sb_shim_lists *lists, const struct authenticode *sig, struct error *err,
			struct sb_authorities *ret)
{
	const struct database vendor = { uefi_guid_shim_lock, "Shim", { NULL, 0 }, true };
	struct reader cert;
	bool valid;
	int r;

	if (!shim_vendor_cert(lists->shim, &cert))
		return 0;
	r = authenticode_verify(sig, &cert, &valid);
	if (r < 0)
		return error_set(err, r, "Secure Boot: out of memory");
	return valid ? found(&vendor, &cert, err, ret) : 0;
}

/* verify_one_signature(): a denied certificate is measured too, and rejects only this signature. */
static int shim_judge(const struct sb_shim_lists *lists, const struct shim_databases *d,
		      const struct authenticode *sig, struct error *err, struct sb_authorities *ret)
{
	int r;

	for (size_t i = 0; i < 3; i++) {
		r = find_signer(&d->deny[i], sig, err, ret);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	for (size_t i = 0; i < d->n_allow; i++) {
		r = find_signer(&d->allow[i], sig, err, ret);
		if (r != 0)
			return r;
	}
	return vendor_judge(lists, sig, err, ret);
}

int sb_shim_verify(const struct sb_image *image, const struct sb_shim_lists *lists, struct error *err,
		   struct sb_authorities *ret)
{
	const struct shim_databases d = databases_of(lists);
	struct authenticode *sig;
	bool allowed = false;
	struct pe pe;
	int r;

	r = pe_parse(&image->file, err, &pe);
	if (r < 0)
		return error_prefix(err, r, "%s", image->name);
	for (size_t i = 0; i < 3; i++) {
		r = find_digest(&d.deny[i], image->digest, err, ret);
		if (r != 0)
			return r < 0 ? r : forbidden(image, d.deny[i].name, err);
	}
	for (size_t i = 0; i < d.n_allow; i++) {
		r = find_digest(&d.allow[i], image->digest, err, ret);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	/* shim checks every signature, also after a good one: each leaves its authority in PCR 7 */
	for (size_t i = 0; i < pe.n_signatures; i++) {
		r = open_signature(image, &pe.signature[i], &sig);
		if (r < 0)
			return error_set(err, r, "Secure Boot: out of memory");
		if (r == 0)
			continue;
		r = shim_judge(lists, &d, sig, err, ret);
		authenticode_free(sig);
		if (r < 0)
			return r;
		allowed |= r > 0;
	}
	if (!allowed)
		return error_set(err, -EKEYREJECTED, "%s: not signed by a key that shim trusts", image->name);
	return 0;
}

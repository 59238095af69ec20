#include "cli/image_deploy.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/image_machine.h"
#include "cli/report.h"
#include "image/deploy.h"
#include "machine/branches.h"
#include "machine/forecast.h"

static int read_srk(const char *path, struct error *err, struct storage_key *ret)
{
	struct buffer b = BUFFER_NONE;
	int r = file_read(path, STORAGE_KEY_FILE_MAX, err, &b);

	if (r == 0) {
		r = storage_key_parse(b.data, b.len, err, ret);
		if (r < 0)
			error_prefix(err, r, "%s", path);
	}
	buffer_free(&b);
	return r;
}

static void show(const struct forecast *f)
{
	report_paths("Sealed for", f);
	for (size_t i = 0; i < f->left_out_count; i++)
		log_row(i == 0 ? "Not for" : "", "%s: %s", f->left_out[i].what, f->left_out[i].why);
}

/* The boot paths of the image in a machine like that, which are the branches of the policy. */
static int predict_branches(const struct machine *m, struct error *err,
			    struct branch branch[static BRANCH_MAX], struct deploy_request *ret)
{
	const struct forecast_options o = { .trust = TRUST_UNJUDGED, .without_proof = true };
	const struct forecast_path *path[BRANCH_MAX];
	struct forecast f = FORECAST_NONE;
	struct chain *chain = NULL;
	int r;

	r = chain_load(m, err, &chain);
	if (r == 0)
		r = chain_forecast(chain, &o, err, &f);
	if (r == 0) {
		/* whether Secure Boot is on is taken from the report, whoever's the keys are */
		log_note_row("Its boot", "%s", chain_summary(chain));
		show(&f);
		ret->mask = chain_policy_pcrs(chain);
		if (f.path_count == 0)
			r = error_set(err, -ECANCELED, "no boot path of the image can be predicted");
	}
	if (r == 0)
		r = branches_from_forecast(&f, ret->mask, branch, path);
	ret->branches = branch;
	ret->branch_count = f.path_count;
	forecast_free(&f);
	chain_free(chain);
	return r;
}

static int deploy(const struct image_deploy_arguments *a, const struct machine *platform,
		  const struct image_source *s, struct error *err)
{
	struct branch branch[BRANCH_MAX];
	struct secret auth = SECRET_NONE;
	struct storage_key srk;
	struct image_deploy o = { .output = a->output,
				  .auth = &auth,
				  .policy = { .srk = &srk, .resets = a->resets } };
	struct machine disk;
	int r;

	r = read_srk(a->srk, err, &srk);
	if (r == 0)
		r = image_machine(platform, &a->keys, s, err, &disk);
	if (r == 0)
		r = predict_branches(&disk, err, branch, &o.policy);
	if (r == 0)
		r = ask_passphrase("Passphrase or recovery key of the image: ", a->key_file, err, &auth);
	if (r == 0)
		r = image_deploy(s, &o, err);
	secret_free(&auth);
	return r;
}

int image_deploy_run(const struct image_deploy_arguments *a)
{
	struct error err = ERROR_NONE;
	struct image_source source;
	struct machine platform;
	int r = root_machine("image", &a->platform, NULL, &platform);

	if (r >= 0)
		return r;
	r = image_source_begin(a->image, a->format, &err, &source);
	if (r == 0)
		r = deploy(a, &platform, &source, &err);
	image_source_end(&source, false);
	if (r < 0) {
		log_say("%s", err.text[0] ? err.text : strerror(-r));
		return r == -EPERM ? EXIT_WILL_NOT : cli_exit_code(r);
	}
	log_note("%s: sealed for the machine whose storage key %s is, until its TPM was reset %u times",
		a->output ? a->output : a->image, a->srk, a->resets);
	log_say("nothing here proves whose storage key it is: see the EK certificate or the attestation "
		"of that machine");
	return EXIT_YES;
}

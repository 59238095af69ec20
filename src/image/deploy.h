/*
 * `bootseal image deploy`: a key of an encrypted image is sealed for the first boots of one machine
 * (seal/first_boot.h). What that machine will measure is not this file's business.
 */
#ifndef IMAGE_DEPLOY_H
#define IMAGE_DEPLOY_H

#include "base/error.h"
#include "base/secret.h"
#include "image/source.h"
#include "seal/tpm_deploy.h"

struct image_deploy {
	const char *output;	      /* NULL: takes the image's own place */
	const struct secret *auth;    /* opens the volume: the passphrase or the recovery key of the image */
	struct deploy_request policy; /* its key is made here */
};

/* -ECANCELED: refused; the image is as it was, as on every other error. -EPERM: auth opens nothing. */
int image_deploy(const struct image_source *s, const struct image_deploy *o, struct error *err);

#endif

/*
 * The boot chain of this machine, as it was read at one moment. The order in which reseal uses it:
 *
 *	machine_init, chain_load            read log, variables, ESP, /boot
 *	chain_calibrate                     or the verdict that was recorded earlier in this boot
 *	chain_forecast                      branches, what was left out, what was refused
 *	(make the inputs durable)
 *	chain_still_same                    nothing moved meanwhile
 *	forecast_accept                     the manifest, before the policy index is written
 *
 * firmware -> shim -> boot loader -> Linux, with a loader of the table in chain_loader.c; without shim where
 *that loader's row allows it. A different chain is -EOPNOTSUPP with words.
 */
#ifndef MACHINE_CHAIN_CHAIN_H
#define MACHINE_CHAIN_CHAIN_H

#include "base/error.h"
#include "machine/chain/started.h"
#include "machine/system/efivars.h"
#include "machine/system/files.h"
#include "machine/system/machine.h"
#include "machine/system/manifest.h"
#include "machine/system/partitions.h"
#include "measure/boot/predict.h"
#include "measure/log/eventlog.h"
#include "measure/log/pcr_values.h"

#define KERNELS_MAX 64
#define EVENTLOG_PATH "/sys/kernel/security/tpm0/binary_bios_measurements"
/* the shim that started this boot, kept for after its update */
#define RUNNING_SHIM_PATH MACHINE_RUN_DIR "/shim.efi"
#define SHIM_MAX_LEN (16u << 20)

/* What one kernel adds, asked for once. */
struct chain_kernel {
	char *path; /* as a boot path names it */
	struct boot_kernel facts;
	struct event_list authorities;
	bool has_stub; /* was asked for: */
	struct boot_stub stub;
	bool has_next; /* was asked for: */
	struct error next_why; /* why the announced keys do not let it run; empty: they do */
};

/* Filled by chain_load(); the rooms above read it, the commands only hand it on. */
struct chain {
	const struct machine *machine;
	struct files *files;
	struct manifest known; /* as it was when the chain was loaded */
	struct buffer log_bytes, shim_bytes; /* shim_bytes: RUNNING_SHIM_PATH */
	struct eventlog log;
	bool no_log; /* none is used: logged are the events that the PCRs' values prove (no_log.h) */
	bool log_unused;      /* because somebody chose it: there may be one */
	bool log_kept;        /* these events are those that were kept under /run */
	struct event_list logged;
	struct efivars vars;
	struct partitions parts;
	const struct partition *esp;
	struct started started;
	struct event_list platform, firmware;
	struct secureboot *secureboot;
	/* as they are started: shim where there is one, then the loader */
	struct sb_image image[BOOT_IMAGES_MAX];
	size_t image_count;
	bool secure_boot; /* the firmware and shim check what they start */
	const struct chain_loader *loader;
	void *own;        /* of that loader */
	struct chain_kernel kernel[KERNELS_MAX];
	size_t kernel_count;
	struct buffer next_content[4]; /* of the variables in next_keys.c; owned, as next_keys is */
	struct boot_keys next_keys;
	struct secureboot *next_secureboot; /* the images with the variables as they will be then */
	struct error next_why; /* why what was announced cannot be used; empty: it can, or nothing was */
	struct boot_facts model;
	char summary[128];
};

/*
 * -ENODATA: no event log (no measured boot); -EBADMSG: a malformed one; -EOPNOTSUPP: a chain without a model.
 */
int chain_load(const struct machine *m, struct error *err, struct chain **ret);

/* What chain_load() goes by is LOG_AS_CHOSEN (machine/record/without_log.h). */
enum log_use { LOG_AS_CHOSEN, LOG_USED, LOG_UNUSED };
int chain_load_with(const struct machine *m, enum log_use use, struct error *err, struct chain **ret);
void chain_free(struct chain *c); /* fine on NULL */

/* The first image, where it is shim; NULL otherwise. */
const struct sb_image *chain_shim(const struct chain *c);

/* For status: the programs with their versions, "shim 16.1, ..., Secure Boot on"; owned by the chain. */
const char *chain_summary(const struct chain *c);

/*
 * The PCRs that are predicted: those that the policy in force selects and those that a new one would. The
 * window's is among them.
 */
pcr_mask chain_pcrs(const struct chain *c);

/* Those of them that a policy for this chain must select: with Secure Boot off also PCR 0 and 2. */
pcr_mask chain_policy_pcrs(const struct chain *c);

/*
 * Do the events of this boot give these values, in every PCR of the mask? -EBADMSG naming the first that
 * differs. The log's own are not those of the TPM: it is wrong (no_log_advise()).
 */
int chain_check_log(const struct chain *c, pcr_mask mask, const uint8_t pcrs[static PCR_COUNT][SHA256_LEN],
		    struct error *err);

/*
 * Does the log replay to these values, of another machine's TPM? -EBADMSG naming the first PCR that differs,
 * -ENODATA one that the model needs and that has none. name: of the file that they are from.
 */
int chain_check_pcrs(const struct chain *c, const struct pcr_values *v, const char *name, struct error *err);

/* After the inputs were made durable: -ESTALE naming the file that is no longer what was forecast. */
int chain_still_same(struct chain *c, struct error *err);

#endif

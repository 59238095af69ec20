/*
 * The exit codes of both programs. They are an interface: hooks and boot scripts act on them, `--help` of
 * each program lists its own, doc/use.md those of bootseal, and the boot result (seal/boot_result.h) records
 * that of bootseal-unlock. 0 to 4 mean the same in both.
 */
#ifndef BASE_EXIT_CODE_H
#define BASE_EXIT_CODE_H

/* bootseal */
enum exit_code {
	EXIT_YES = 0,          /* done; or: the answer is yes */
	EXIT_FAILED = 1,       /* it did not work; stderr says what and what to do */
	EXIT_USAGE = 2,        /* the command line is not understood */
	EXIT_NOT_ENROLLED = 3, /* this machine is not enrolled */
	EXIT_NO_TPM = 4,       /* no TPM that answers */
	EXIT_WILL_NOT = 5,     /* refused, or: the next boot will ask for the passphrase */
	EXIT_CHANGED = 6,      /* calibrate --root: the model is exact but for files that changed */
	EXIT_UNCHECKED = 7,    /* attest: nothing failed, but something could not be checked */
};

/* bootseal-unlock */
enum unlock_exit {
	UNLOCK_DONE = 0,         /* opened, closed, or nothing to do */
	UNLOCK_FAILED = 1,       /* a failure of this program or of the machine; the message says which */
	UNLOCK_USAGE = 2,
	UNLOCK_NOT_ENROLLED = 3, /* no anchor, or this initramfs unlocks none of its targets */
	UNLOCK_NO_TPM = 4,
	UNLOCK_POLICY = 5,       /* this boot is not sealed, or the window is closed */
	UNLOCK_TAMPERED = 6,     /* header or token does not match the anchor */
	UNLOCK_ABSENT = 7,       /* no device yet, or no PIN yet: call again; the window is still open */
	/*
	 * the window cannot be closed while the TPM may still unlock, or a volume that the TPM unlocked is
	 * exposed: reboot now
	 */
	UNLOCK_WINDOW = 8,
};

#endif

# The TPM is Windows', too: BitLocker has sealed its key under the storage key at 0x81000001, to PCR 7 and 11. What bootseal does in the
# TPM, from enrolment to removal, leaves storage key and sealed key alone; and Linux's boots use up no tries of a PIN. The storage
# key is as the TCG's template has it, noda included: without that a power cut counts as a wrong try.
host tpm2_createprimary -Q -C o -g sha256 -G rsa2048:aes128cfb -c srk.ctx \
	-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt'; tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001; \
	tpm2_flushcontext -t; tpm2_readpublic -Q -c 0x81000001 -n srk.name; \
	tpm2_startauthsession -S trial.ctx; tpm2_policypcr -Q -S trial.ctx -l sha256:7,11 -L bitlocker.policy; tpm2_flushcontext trial.ctx; \
	echo key of C: >c.key; tpm2_create -Q -C 0x81000001 -i c.key -L bitlocker.policy -a 'fixedtpm|fixedparent|noda' \
	-u bitlocker.pub -r bitlocker.priv; tpm2_flushcontext -t
file /unseal
	| set -e
	| tpm2_readpublic -Q -c 0x81000001 -n now.name
	| cmp srk.name now.name
	| tpm2_load -Q -C 0x81000001 -u bitlocker.pub -r bitlocker.priv -c bitlocker.ctx
	| tpm2_flushcontext -t
	| tpm2_startauthsession --policy-session -S policy.ctx
	| tpm2_policypcr -Q -S policy.ctx -l sha256:7,11
	| tpm2_unseal -c bitlocker.ctx -p session:policy.ctx
	| tpm2_flushcontext policy.ctx
	| tpm2_flushcontext -t
	| tpm2_getcap properties-variable | grep TPM2_PT_LOCKOUT_COUNTER
host sh unseal
	says key of C:

run bootseal enroll --key-file /key
	does not say noDA
host sh unseal
	says key of C:
boot
	opens
host sh unseal
	says key of C:
install 6.1.0-56-amd64
boot
	opens
# boots that the TPM refuses are no tries of a password
boot recovery 6.1.0-55-amd64
	asks
boot recovery 6.1.0-55-amd64
	asks
host sh unseal
	says key of C:
	says TPM2_PT_LOCKOUT_COUNTER: 0x0
host tpm2_getcap handles-persistent | grep -c 0x
	says 1

run bootseal remove
host sh unseal
	says key of C:
	says TPM2_PT_LOCKOUT_COUNTER: 0x0
host tpm2_getcap handles-nv-index
	does not say 0x180

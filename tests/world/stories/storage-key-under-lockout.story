# The storage key that is there already was made without noda, as tpm2-tools do: each power cut counts as a wrong try. enroll says
# so; with a key of its own it does not.
host tpm2_createprimary -Q -C o -g sha256 -G ecc256:aes128cfb -c srk.ctx \
	-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt'; tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001; \
	tpm2_flushcontext -t
run bootseal enroll --key-file /key
	says the storage key was made without the attribute noDA: each power cut counts as a wrong try
	says 'tpm2_evictcontrol -C o -c 0x81000001'
boot
	opens
run bootseal remove
host tpm2_evictcontrol -Q -C o -c 0x81000001
run bootseal enroll --key-file /key
	does not say noDA
boot
	opens

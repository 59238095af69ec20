# Somebody made another key than a storage key at its handle, then one with a password.
host tpm2_createprimary -Q -C o -g sha256 -G ecc384:aes256cfb -c srk.ctx; \
	tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001; tpm2_flushcontext -t
run bootseal enroll --key-file /key
	exit 1
	says the key at 0x81000001 cannot be used: it is ECC on curve 0x0004
	says 'tpm2_evictcontrol -C o -c 0x81000001' removes it
host tpm2_evictcontrol -Q -C o -c 0x81000001; tpm2_createprimary -Q -C o -g sha256 -G rsa2048:aes128cfb -p secret -c srk.ctx; \
	tpm2_evictcontrol -Q -C o -c srk.ctx 0x81000001; tpm2_flushcontext -t
run bootseal enroll --key-file /key
	exit 1
	says the key at 0x81000001 has a password, so nothing can be sealed under it unattended
host cryptsetup luksDump dev/vda3
	does not say bootseal
# what the message says helps
host tpm2_evictcontrol -Q -C o -c 0x81000001
run bootseal enroll --key-file /key
boot
	opens

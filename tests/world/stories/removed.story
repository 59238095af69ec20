# `remove` leaves the volume, the TPM and the files as they were, also after an enrolment that was torn apart.
run bootseal enroll --key-file /key
boot
	opens
run bootseal remove
boot
	is not enrolled
host cryptsetup luksDump dev/vda3
	does not say bootseal
host tpm2_getcap handles-nv-index
	does not say 0x180
run bootseal status
	exit 3
	says this machine is not enrolled; run 'bootseal enroll'

run bootseal enroll --key-file /key
host rm etc/bootseal/anchor var/lib/bootseal/state.json var/lib/bootseal/manifest
run bootseal remove
host cryptsetup luksDump dev/vda3
	does not say bootseal
host tpm2_getcap handles-nv-index
	does not say 0x180
run bootseal remove
	exit 3
	says nothing of an enrolment is left

# not enrolled at all
run bootseal remove --volume home
	exit 3
	says not enrolled

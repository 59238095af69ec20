# The mainboard is replaced.
run bootseal enroll --key-file /key
boot
	opens
hardware tpm new
boot
	asks
	says no storage key
run bootseal status
	exit 5
	says bootseal enroll
run bootseal enroll --key-file /key
boot
	opens

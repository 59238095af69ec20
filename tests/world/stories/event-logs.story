# What firmware does to its event log: taken where it does no harm, and the reason where it does.
host cp sys/kernel/security/tpm0/binary_bios_measurements log

# an image that the firmware starts before shim: a part of every boot like any other
log image
measure
run bootseal enroll --key-file /key
	says will unlock automatically
run bootseal remove
host cp log sys/kernel/security/tpm0/binary_bios_measurements
measure

# a longer StartupLocality (coreboot)
log locality 50
run bootseal enroll --key-file /key
	says will unlock automatically
run bootseal remove
# an area of which the rest is not written
host cp log sys/kernel/security/tpm0/binary_bios_measurements
log pad ff 3000
run bootseal enroll --key-file /key
	says will unlock automatically
run bootseal remove

# cut where the area of 64 KiB ends
host cp log sys/kernel/security/tpm0/binary_bios_measurements
log fill 65536
run bootseal enroll --key-file /key
	exit 1
	says the log was cut off after 65536 bytes
	says the firmware's log area is full, so events are missing
host : >sys/kernel/security/tpm0/binary_bios_measurements
run bootseal enroll --key-file /key
	exit 1
	says event log: empty: the firmware measured nothing into this TPM, or keeps no log of it
host rm sys/kernel/security/tpm0/binary_bios_measurements
run bootseal enroll --key-file /key
	exit 1
	says binary_bios_measurements: missing: this boot was not measured
host cp "$CHECKOUT/tests/eventlogs/made-sha1.bin" sys/kernel/security/tpm0/binary_bios_measurements
run bootseal enroll --key-file /key
	exit 1
	says SHA-256

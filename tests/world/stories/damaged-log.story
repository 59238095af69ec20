# A firmware whose event log is cut off: the machine does without it, because somebody says so, and until it is good again.
host mkdir firmware && printf '\6\0\0\0\3\0' >firmware/BootCurrent-8be4df61-93ca-11d2-aa0d-00e098032b8c && \
	python3 -c 'open("firmware/Boot0003-8be4df61-93ca-11d2-aa0d-00e098032b8c","wb").write(bytes.fromhex("07000000" "01000000" "5e00" "6400690073006b000000" "04012a000100000000080000000000000010000000000000" "cdccfdf535784b2bbc01da94a5bcd8670202" "04043000")+"\\EFI\\BOOT\\BOOTX64.EFI\0".encode("utf-16-le")+bytes.fromhex("7fff0400"))'
host mkdir -p sys/class/tpm/tpm0/pcr-sha256 && cp firmware/* sys/firmware/efi/efivars/
measure
host cp sys/kernel/security/tpm0/binary_bios_measurements log && truncate -s -40 sys/kernel/security/tpm0/binary_bios_measurements
run bootseal enroll --key-file /key
	exit 1
	says the log was cut off after
	says 'bootseal enroll --without-log' does without this log
run bootseal enroll --key-file /key --without-log
	says Event log not used: this boot is told from the PCRs' values
	says Secure Boot on, event log not used
	says will unlock automatically
boot
	opens

# from now on whatever the firmware hands on
host truncate -s -40 sys/kernel/security/tpm0/binary_bios_measurements
run bootseal calibrate --force
	says exact: Linux 6.1.0-55-amd64 (default);
	says event log not used
install 6.1.0-56-amd64
	says Unlocks Linux 6.1.0-56-amd64 (default)
run bootseal check
	says Yes
run bootseal predict
	says Linux 6.1.0-56-amd64
run bootseal status
	says event log not used
boot
	opens
# another way through the menu is told, too, so that explain has its events
boot recovery 6.1.0-56-amd64
	asks
host truncate -s -40 sys/kernel/security/tpm0/binary_bios_measurements
run bootseal explain
	says First difference: PCR 8
	says recovery
run bootseal reseal
	says as before
host rm run/bootseal/boot-events
run bootseal explain
	exit 1
	says the event log of this machine is not used ('bootseal enroll --without-log')
boot
	opens

# enrolled again: the choice holds while the log is bad, and ends when it is good
host cp sys/kernel/security/tpm0/binary_bios_measurements log && truncate -s -40 sys/kernel/security/tpm0/binary_bios_measurements
run bootseal enroll --key-file /key
	says Event log not used, as an earlier enrolment chose: event log: record
host cp log sys/kernel/security/tpm0/binary_bios_measurements
run bootseal enroll --key-file /key
	says Event log good again: it is used from now on
	does not say event log not used
host test ! -e var/lib/bootseal/without-log
boot
	opens
host truncate -s -40 sys/kernel/security/tpm0/binary_bios_measurements
run bootseal reseal
	exit 1
	says 'bootseal enroll --without-log' does without this log
run bootseal enroll --key-file /key --without-log
run bootseal remove
	says Removed
host test ! -e var/lib/bootseal/without-log

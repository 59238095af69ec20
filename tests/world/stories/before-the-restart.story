# The three commands of README, one after the other: between enrolment and restart nobody is accused.
run bootseal enroll --key-file /key
run bootseal explain
	says This boot began before the machine was enrolled: there is nothing to explain.
	does not say do not type
run bootseal explain --json
	says "verdict": "before-enrolment"
	says "reason": "it began before the enrolment"
run bootseal status
	says This boot not unlocked by the TPM: it began before the enrolment
run bootseal report --html /page.html
run cat /page.html
	says It began before the machine was enrolled.
	does not say do not type
run bootseal enroll --key-file /key
run bootseal explain
	says This boot began before
boot
	opens
run bootseal explain
	says The TPM unlocked this boot

# once there was an enrolment, a boot without bootseal-unlock is not to be trusted; enrolling anew does not change what it was
power on
run bootseal explain
	says The TPM did not unlock this boot: bootseal-unlock did not run in this boot.
	says do not type
run bootseal enroll --key-file /key --accept-current
run bootseal explain
	says bootseal-unlock did not run in this boot.
	says This boot was accepted since
	does not say began before
	does not say do not type

# nor does a removal, nor the loss of the records
power on
run bootseal remove
run bootseal enroll --key-file /key
	says This boot the TPM did not unlock it; what it ran is trusted from now on
run bootseal explain
	says bootseal-unlock did not run in this boot.
	does not say began before
boot
	opens
power on
host rm -rf var/lib/bootseal
run bootseal enroll --key-file /key
run bootseal explain
	says bootseal-unlock did not run in this boot.
	does not say began before

# what is enrolled again before the first restart is as it was
run bootseal remove
boot
	is not enrolled
run bootseal enroll --key-file /key
	does not say the TPM did not unlock it
run bootseal remove
run bootseal enroll --key-file /key
	does not say the TPM did not unlock it
run bootseal explain
	says This boot began before

# The machine was enrolled with a data disk that GRUB counts before the boot disk. Then there is a USB stick, too.
hardware disk 1
boot
	is not enrolled
run bootseal enroll --key-file /key
	says boot disk as hd0
	says boot disk as hd2
boot
	opens
run bootseal check
	says Yes

hardware disk 2
boot
	opens
# without any other disk
hardware disk 0
boot
	opens

hardware disk 6
boot
	asks
run bootseal explain
	says started exactly what is sealed
	says hd6
	does not say edited

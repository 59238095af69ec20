# A laptop at a dock tries to boot from the network first, with a USB stick plugged in it tries that, too.
run bootseal enroll --key-file /key
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
	says no boot option failed first
	says 2 boot options failed first

# neither
hardware failed options 0
boot
	opens
# both
hardware failed options 2
boot
	opens
# what was seen counts: one more is the next
run bootseal reseal --hook
hardware failed options 3
boot
	opens

# more than anybody expected; nobody is accused
hardware failed options 7
boot
	asks
run bootseal explain
	says started exactly what is sealed
	says 7 boot option(s) failed first
	does not say edited
	does not say do not type

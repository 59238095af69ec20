# An administrator's ssh session carries LANG=fr_FR.UTF-8; the path unit reseals in the system's language.
file /etc/default/locale
	| LANG="en_US.UTF-8"
file /etc/locale.gen
	| en_US.UTF-8 UTF-8
	| fr_FR.UTF-8 UTF-8
host mkdir -p usr/share/locale/fr/LC_MESSAGES; : >usr/share/locale/fr/LC_MESSAGES/grub.mo
host sed -i "s/^echo \"submenu 'Advanced options for/case \"\${LANG:-}\" in fr*) adv='Options avancees pour' ;; de*) adv='Erweiterte Optionen fuer' ;; *) adv='Advanced options for' ;; esac\necho \"submenu '\$adv/" usr/sbin/grub-mkconfig
run kernel grub
boot
	is not enrolled
run bootseal enroll --key-file /key
boot
	opens
run LANG=fr_FR.UTF-8 kernel grub
host grep -q 'Options avancees' boot/grub/grub.cfg
run LANG=en_US.UTF-8 bootseal reseal --hook
	says /boot/grub/grub.cfg: it matches what grub-mkconfig writes
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
boot
	opens

# a language that the system does not list: the same again does not help, what the message says does
run LANG=de_DE.UTF-8 kernel grub
run bootseal reseal
	exit 5
	says Refused /boot/grub/grub.cfg: it is changed and not trusted
	says 'LC_ALL=C LANG=C update-grub' where that has not helped
run LC_ALL=C LANG=C kernel grub
run bootseal reseal
boot
	opens

# The recovery key on paper: through a pipe, in a file, from enroll; what is on it opens the volume.
host mkdir -p srv
run bootseal recovery-key --key-file /key --sheet - >/srv/pipe.pdf
	says the recovery key is in keyslot
host python3 -B $CHECKOUT/tests/sheet.py srv/pipe.pdf >srv/texts; sed -n 1p srv/texts | tr -d '\n' >noted.key; cat srv/texts
	says Recovery key
	says cryptroot
	says UUID 5ea1ab1e-0000-4000-8000-000000000001
	says bootseal recovery-key --test
	says bootseal recovery-key --replace
host cryptsetup open --test-passphrase --key-file noted.key dev/vda3
run bootseal recovery-key --test --key-file /noted.key
	says Correct

# a new file, which only root can read; no other is replaced, nor a link followed
run bootseal recovery-key --replace --key-file /key --sheet /srv/sheet.pdf
	says the recovery key is on the sheet /srv/sheet.pdf; print it now
host stat -c %a srv/sheet.pdf; python3 -B $CHECKOUT/tests/sheet.py srv/sheet.pdf
	says 600
	says Recovery key
run bootseal recovery-key --replace --key-file /key --sheet /srv/sheet.pdf
	exit 1
	says /srv/sheet.pdf: is there already
host ln -s /srv/elsewhere srv/link; cp srv/sheet.pdf srv/before
run bootseal recovery-key --replace --key-file /key --sheet /srv/link
	exit 1
	says is there already
run bootseal recovery-key --replace --key-file /key --sheet /absent/sheet.pdf
	exit 1
	says /absent/sheet.pdf
host cmp srv/sheet.pdf srv/before; test ! -e srv/elsewhere; python3 -B $CHECKOUT/tests/sheet.py srv/sheet.pdf | \
		sed -n 1p | tr -d '\n' >noted.key; cryptsetup open --test-passphrase --key-file noted.key dev/vda3

# at a terminal the key is on the sheet only, and what was not typed back from it neither works nor stays
terminal bootseal recovery-key --replace --key-file /key --sheet /srv/new.pdf
	asked Type the key from the sheet to confirm:
	type 000011 000022 000033 000044 000055 000066 000077 000088
	asked Type the key from the sheet to confirm:
	type 1
	asked Type the key from the sheet to confirm:
	type 2
	asked Type the key from the sheet to confirm:
	type 3
	asked Type the key from the sheet to confirm:
	type 4
	exit 5
	says not confirmed, so not stored: THE KEY ON THE SHEET DOES NOT WORK
	does not say Recovery key
host test ! -e srv/new.pdf; cryptsetup open --test-passphrase --key-file noted.key dev/vda3
terminal bootseal recovery-key --replace --key-file /key --sheet -
	exit 1
	says standard output is a terminal; pipe it to a program, such as lp

# a printer has the whole sheet before the key is asked for: its program does not wait for ours to end
# (it takes as much longer as the machine is busier: what is typed before the second question is thrown away)
terminal bootseal recovery-key --replace --key-file /key --sheet - | \
		{ cat >/srv/late.pdf; i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done; echo it is printed; }
	asked Type the key from the sheet to confirm:
	type 1
	asked it is printed
	type 2
	asked Type the key from the sheet to confirm:
	type 3
	asked Type the key from the sheet to confirm:
	type 4
	asked Type the key from the sheet to confirm:
	type 5
	says THE KEY ON THE SHEET DOES NOT WORK
host python3 -B $CHECKOUT/tests/sheet.py srv/late.pdf

# nor does one whose key could not be stored: there is no room in the header
host cp dev/vda3 srv/volume; for n in 3000 3000 3000 1500 800 400 200 100 50 20; do printf '{"type":"x","keyslots":["0"],"x":"%s"}' \
		"$(head -c $n /dev/zero | tr '\0' a)" | cryptsetup token import dev/vda3 2>/dev/null || :; done
run bootseal recovery-key --replace --key-file /key --sheet /srv/full.pdf
	exit 1
	says THE KEY ON THE SHEET DOES NOT WORK: it could not be stored
host test ! -e srv/full.pdf; cryptsetup open --test-passphrase --key-file noted.key dev/vda3; cat srv/volume >dev/vda3

# without the library that makes QR codes the sheet has all else
host : >srv/libqrencode.so.4
run busybox env LD_LIBRARY_PATH=/srv /usr/lib/bootseal/bootseal recovery-key --replace --key-file /key --sheet /srv/bare.pdf
	says the recovery key is on the sheet
host python3 -B $CHECKOUT/tests/sheet.py srv/bare.pdf
	exit 1
	says there is no QR code

# enroll makes one, too; a key that is there already it cannot print
run bootseal enroll --key-file /key --sheet /srv/enroll.pdf
	says no sheet: there already is a recovery key, which cannot be shown again
host test ! -e srv/enroll.pdf
run bootseal recovery-key --remove --key-file /key
run bootseal enroll --key-file /key --sheet /srv/before
	exit 1
	says /srv/before: is there already
run bootseal enroll --key-file /key --sheet /srv/enroll.pdf
	says the recovery key is on the sheet /srv/enroll.pdf
host python3 -B $CHECKOUT/tests/sheet.py srv/enroll.pdf | sed -n 1p | tr -d '\n' >noted.key; \
		cryptsetup open --test-passphrase --key-file noted.key dev/vda3
boot
	opens

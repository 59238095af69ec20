# bash completion for bootseal(8). Needs nothing of bash-completion, so that it works where it is sourced by hand.

_bootseal_commands="enroll reseal check status explain recovery-key predict eventlog calibrate attest scan
	device open lvm image report remove"
_bootseal_evidence="--certificates --fetch --vmpl --least-tcb --allow-debug --allow-migration"

# COMMAND: its long options
_bootseal_options()
{
	case $1 in
	enroll)
		echo "--key-file --recovery-key --no-recovery-key --escrow --sheet --no-confirm --accept-current
			--boot-with-initrd --without-log --pin --pin-file --require-confidential --volume --tcti $_bootseal_evidence"
		;;
	reseal)
		echo "--dry-run --strict --accept-current --yes --json --hook --initrd --unless-dpkg --next-pk --next-kek
			--next-db --next-dbx --next-none --tcti"
		;;
	check) echo "--json --textfile --root --pcrs --tcti" ;;
	status) echo "--json --tcti" ;;
	explain | scan) echo "--json" ;;
	report) echo "--html --tcti $_bootseal_evidence" ;;
	recovery-key) echo "--replace --test --remove --key-file --qr --sheet --no-confirm --escrow" ;;
	predict) echo "--events --tree --default --all --json --format --image --root --pcrs --uefi-config --azure-disk" ;;
	eventlog) echo "--log --pcr --json --root --pcrs" ;;
	calibrate) echo "--boot --force --json --tcti --root --pcrs" ;;
	attest) echo "--report --quote --signature --nonce --pcrs --tcti --json $_bootseal_evidence" ;;
	remove) echo "--tcti --volume --image --key-file" ;;
	image) echo "--json --output --key-file --escrow --name --format --first-boot --deploy --srk --root --resets --uefi-config --azure-disk" ;;
	esac
	echo "--help --quiet --verbose"
}

# the mappings of crypttab: names without escapes
_bootseal_volumes()
{
	sed -n 's/^[[:blank:]]*\([^#[:blank:]\\][^[:blank:]\\]*\)[[:blank:]].*/\1/p' /etc/crypttab 2>/dev/null
}

_bootseal_files() # [-d] WORD
{
	compopt -o filenames 2>/dev/null
	local kind=-f
	if [ "$1" = -d ]; then
		kind=-d
		shift
	fi
	mapfile -t COMPREPLY < <(compgen $kind -- "$1")
}

_bootseal_words() # LIST WORD
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# OPTION WORD: what comes after an option; 1 when it takes nothing
_bootseal_value()
{
	case $1 in
	--key-file | --pin-file | --sheet | --output | --textfile | --certificates | --report | --quote | --signature | --srk | --pcrs | --log | \
		--next-pk | --next-kek | \
		--next-db | --next-dbx | --uefi-config | --azure-disk) _bootseal_files "$2" ;;
	--root) _bootseal_files -d "$2" ;;
	--image) # of remove it takes nothing
		[ "${COMP_WORDS[1]}" = predict ] || return 1
		_bootseal_files "$2"
		;;
	--volume) _bootseal_words "$(_bootseal_volumes)" "$2" ;;
	--format)
		local formats="json keylime"
		[ "${COMP_WORDS[1]}" != image ] || formats="raw qcow2 vpc"
		_bootseal_words "$formats" "$2"
		;;
	--vmpl) _bootseal_words "0 1 2 3" "$2" ;;
	--tcti)
		_bootseal_words "device:" "$2"
		compopt -o nospace 2>/dev/null
		;;
	--initrd) _bootseal_words "$(ls /lib/modules 2>/dev/null)" "$2" ;;
	--escrow) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
	--pcr | --least-tcb | --nonce | --name | --resets) ;;
	*) return 1 ;;
	esac
}

# the words that a command takes
_bootseal_operand() # COMMAND WORD
{
	case $1 in
	report | device) _bootseal_files "$2" ;;
	open) _bootseal_words "$(_bootseal_volumes)" "$2" ;;
	image)
		if [ "$COMP_CWORD" -eq 2 ]; then
			_bootseal_words "encrypt deploy verify" "$2"
		else
			_bootseal_files "$2"
		fi
		;;
	esac
}

_bootseal()
{
	# what may be before the command is left out
	while [ "$COMP_CWORD" -gt 1 ] && [[ ${COMP_WORDS[1]} =~ ^(-q|-v|--quiet|--verbose)$ ]]; do
		COMP_WORDS=("${COMP_WORDS[0]}" "${COMP_WORDS[@]:2}")
		COMP_CWORD=$((COMP_CWORD - 1))
	done
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_bootseal_words "$_bootseal_commands help --help --version --quiet --verbose" "$word"
		return
	fi
	# bash cuts at = and at : into words of their own
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	elif [ "$word" = : ] || [ "$before" = : ]; then
		_bootseal_files "${word#:}"
		return
	fi
	# --fetch takes a value after = only
	[ "$before" != --fetch ] || before=
	_bootseal_value "$before" "$word" && return
	case $word in
	-*) _bootseal_words "$(_bootseal_options "$command")" "$word" ;;
	*)
		# the second word of --initrd
		if [ "${COMP_WORDS[COMP_CWORD - 2]}" = --initrd ]; then
			_bootseal_files "$word"
		else
			_bootseal_operand "$command" "$word"
		fi
		;;
	esac
}

complete -F _bootseal bootseal

"""A package whose configuration changes the boot chain the way grub-efi-amd64's does: it edits
/etc/default/grub and runs update-grub.

Every installation of it makes another kernel command line, and the hooks have to move the policy. What
/root/fault holds runs after dpkg and just before bootseal's own hook of apt. """
_BUILD = r"""mkdir -p /root/change/DEBIAN && cd /root/change/DEBIAN && echo 0 > /root/number
cat > control <<'EOF'
Package: change
Version: 1
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: changes the kernel command line whenever it is configured
EOF
cat > postinst <<'EOF'
#!/bin/sh
set -e
number=$(($(cat /root/number) + 1))
echo $number > /root/number
sed -i -e 's/bootseal.test=[0-9]* //' -e "s/^GRUB_CMDLINE_LINUX=\"/&bootseal.test=$number /" /etc/default/grub
update-grub
EOF
chmod 755 postinst
dpkg-deb -b /root/change /root/change.deb
echo 'DPkg::Post-Invoke { "if [ -e /root/fault ]; then sh /root/fault; fi"; };' > /etc/apt/apt.conf.d/79fault"""
BY_HAND = "sh /root/change/DEBIAN/postinst"


def prepare(vm):
    vm.run(_BUILD)


def install(vm, fault=""):
    """`apt-get install` of it, with these commands run before the hook. The result of apt."""
    vm.write("/root/fault", fault)
    return vm.try_run("apt-get install -y -q --reinstall /root/change.deb; code=$?; rm /root/fault; (exit "
                      "$code)", timeout=600)


def fill(folder):
    """Commands that leave no free block there, not even of root's reserve; in a file called fill. "" is the
    root."""
    return ("fallocate -l $(($(stat -f -c %%f %(0)s/.) * $(stat -f -c %%S %(0)s/.))) %(0)s/fill 2>/dev/null\n"
            "cat /dev/zero >> %(0)s/fill 2>/dev/null || true\n" % {"0": folder})

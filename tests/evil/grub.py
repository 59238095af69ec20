#!/usr/bin/env python3
"""grub.py DIR: grub.cfg that loops, recurses or expands without end (see evil.py).

Each uses up one of the evaluator's budgets, or reaches a limit of GRUB's own, after which nothing is booted.
"""
import evil

STEPS = "more than 200000 commands"
EVENTS = "more than 8192 measurements"
GRUBS_OWN = "GRUB waits for a person"  # 64 levels deep


def nested(head, tail, n):
    return head * n + "true\n" + tail * n


def scripts():
    yield "loop", "while true; do true; done\n", EVENTS
    yield "loop-unmeasured", "set x=\nwhile $x; do $x; done\n", STEPS
    yield "loop-until", "until false; do true; done\n", EVENTS
    yield "loop-in-loop", "while true; do while true; do break; done; done\n", EVENTS
    yield "loop-continue", "while true; do continue; true; done\n", EVENTS
    yield "for-in-for", "set w='1 2 3 4 5 6 7 8 9 10'\n" + "".join(
        f"for {c} in $w; do " for c in "abcdef"
    ) + "true; " + "done; " * 6 + "\n", EVENTS
    yield "call-itself", "function f { f; }\nwhile true; do f; done\n", GRUBS_OWN
    yield "call-each-other", "function f { g; g; }\nfunction g { f; f; }\nwhile true; do f; done\n", GRUBS_OWN
    yield "source-itself", "source /grub/grub.cfg\nsource /grub/grub.cfg\n", GRUBS_OWN
    yield "configfile-itself", "configfile /grub/grub.cfg\n", GRUBS_OWN
    yield "eval-itself", "set x='eval \"$x\"; eval \"$x\"'\nwhile true; do eval \"$x\"; done\n", "more than"
    yield "menu-itself", "set timeout=0\nmenuentry a { configfile /grub/grub.cfg; }\n", GRUBS_OWN
    yield "fallback-circle", "set timeout=0\nset fallback=0\nmenuentry a { configfile /grub/grub.cfg; }\n", GRUBS_OWN
    yield "double", "set a=xxxxxxxxxxxxxxxx\nwhile true; do set a=$a$a; done\n", "grub.cfg:2: the script needs more than"
    yield "double-words", "set a='x x x x'\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do set a=\"$a $a $a $a\"; done\nfor i in $a; do true; done\n", "more than"
    yield "wildcards", "for i in " + "* " * 20000 + "; do for j in * * * * *; do true; done; done\n", "more than"
    yield "deep-if", nested("if true; then\n", "fi\n", 100), "blocks are nested more than 64 deep"
    yield "deep-if-4000", nested("if true; then ", "fi; ", 4000), "more than"
    yield "deep-braces", "menuentry a { " * 3000 + "}" * 3000 + "\n", "more than"
    yield "deep-function", nested("function f { ", "}; ", 3000), GRUBS_OWN
    yield "deep-quotes", 'echo "' + "${a" * 9000 + "\n", "grub.cfg:1: a word or comment of 27002 bytes makes GRUB abort"
    yield "long-word", "echo " + "x" * 9000 + "\n", "grub.cfg:1: a word or comment of 9000 bytes makes GRUB abort"
    yield "long-comment", "echo #" + "x" * 9000 + "\n", "grub.cfg:1: a word or comment of 9001 bytes makes GRUB abort"
    yield "entries", "menuentry a { echo; }\n" * 1100, "more than 1024 menu entries"
    yield "variables", "set n=a\nwhile true; do set n=${n}a; eval \"set $n=$n\"; done\n", "more than"
    yield "environment", "while true; do save_env timeout; load_env; done\n", "more than"
    yield "search", "while true; do search --set=root --fs-uuid 1; done\n", "more than"


def cases():
    for name, script, words in scripts():
        yield name, script.encode(), words


evil.main(__doc__, cases)

"""What the scripts here have in common: SCRIPT DIR writes each evil file as DIR/NAME, and DIR/expected with a line "NAME WORDS" each: the
words that the error about this file has to say."""
import os
import sys


def write(directory, name, content):
    with open(os.path.join(directory, name), "wb") as f:
        f.write(content)


def main(doc, cases):
    if len(sys.argv) != 2:
        sys.exit(doc)
    lines = []
    for name, content, words in cases():
        write(sys.argv[1], name, content)
        lines.append(f"{name} {words}\n")
    write(sys.argv[1], "expected", "".join(lines).encode())

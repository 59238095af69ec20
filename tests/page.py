#!/usr/bin/python3 -B
"""page.py FILE [TEXT...]: is it a page as `bootseal report --html` is meant to be?

Valid (tidy), of known elements and attributes only, without script, style attribute, or anything that is fetched; a
heading for every part and every table; colours that can be read; and with no TEXT anywhere, as it is or escaped.
"""
import base64
import hashlib
import html
import html.parser
import re
import subprocess
import sys

ELEMENTS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "nav", "ul", "li", "a",
            "section", "table", "caption", "thead", "tbody", "tr", "th", "td", "code", "strong", "span", "br"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "aria-label", "aria-labelledby",
              "scope", "colspan"}
NEEDED = {"ground", "text", "soft", "good", "bad", "unsure", "head", "line"}
CONTRAST = 4.5  # WCAG 2.2, 1.4.3


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.findings, self.tags, self.ids, self.links, self.labels = [], [], [], [], []
        self.policy = self.style = self.inside = ""
        self.heads = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.inside = tag
        if tag not in ELEMENTS:
            self.findings.append("<%s> at %d:%d" % ((tag,) + self.getpos()))
        for name, value in attributes:
            if name not in ATTRIBUTES:
                self.findings.append("<%s %s=%s>" % (tag, name, value))
        a = dict(attributes)
        self.ids += [a["id"]] if "id" in a else []
        self.links += [a["href"]] if "href" in a else []
        self.labels += [a["aria-labelledby"]] if "aria-labelledby" in a else []
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy":
            self.policy = a["content"]
        if tag == "th" and a.get("scope") not in ("row", "col", "rowgroup"):
            self.findings.append("<th> without a scope at %d:%d" % self.getpos())

    def handle_data(self, data):
        if self.inside == "style":
            self.style += data

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_comment(self, data):
        self.findings.append("a comment: %s" % data)


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(style):
    """Both sets: of a light screen and paper, of a dark screen"""
    sets = [dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{([^}]*)\}", style)]
    if len(sets) != 2 or any(set(s) != NEEDED for s in sets):
        yield "not two whole sets of colours: %s" % sets
        return
    for s in sets:
        for name in ("text", "soft", "good", "bad", "unsure"):
            for ground in ("ground", "head"):
                if contrast(s[name], s[ground]) < CONTRAST:
                    yield "%s on %s: %.2f" % (name, ground, contrast(s[name], s[ground]))


def structure(page):
    for tag in ("h1", "main", "style", "title", "nav"):
        if page.tags.count(tag) != 1:
            yield "%d of <%s>" % (page.tags.count(tag), tag)
    if page.tags.count("table") != page.tags.count("caption"):
        yield "a table without a caption"
    if page.tags.count("section") != page.tags.count("h2") or page.tags.count("section") < 11:
        yield "%d parts with %d headings" % (page.tags.count("section"), page.tags.count("h2"))
    if len(set(page.ids)) != len(page.ids):
        yield "an id twice: %s" % page.ids
    for link in page.links + ["#" + label for label in page.labels]:
        if not link.startswith("#") or link[1:] not in page.ids:
            yield "a link to %s" % link
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    if page.policy != "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-%s'" % digest:
        yield "the policy is: %s" % page.policy
    if re.search(r"url\(|@import|@font-face|expression", page.style):
        yield "the style sheet fetches something"


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    page = Page()
    page.feed(text)
    page.close()
    findings = page.findings + list(structure(page)) + list(colours(page.style))
    tidy = subprocess.run(["tidy", "-q", "-e", "--custom-tags", "no", sys.argv[1]], capture_output=True, text=True)
    findings += [line for line in (tidy.stdout + tidy.stderr).split("\n") if line]
    plain = html.unescape(text)
    findings += ["it has the text: %s" % t for t in sys.argv[2:] if t in text or t in plain]
    for finding in findings:
        print(finding)
    sys.exit(bool(findings))


main()

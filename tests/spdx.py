#!/usr/bin/python3 -B
"""spdx.py FILE: is the SBOM what SPDX 2.3 asks for? Prints the packages that are linked statically, "NAME VERSION" each.

Of the specification (https://spdx.github.io/spdx-spec/v2.3/) what our document uses: clauses 6 (document creation), 7 (package)
and 11 (relationships), annexes D (licence expressions) and F (external references). A member that is not known here is an error, so
that none goes unchecked. CPE names: NIST IR 7695, 6.2.
"""
import json
import re
import sys
import urllib.parse

from schema import once

# of the licence list, what we use: https://spdx.org/licenses
LICENCES = {"Apache-2.0", "BSD-2-Clause", "GPL-2.0-or-later", "GPL-3.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later",
            "LGPL-3.0-or-later", "MIT"}
EXCEPTIONS = {"GCC-exception-3.1": (2, 0), "cryptsetup-OpenSSL-exception": (3, 22)}
RELATIONS = {"DESCRIBES", "CONTAINS", "STATIC_LINK"}
SUPPLIER = r"NOASSERTION|(Person|Organization): .+"
DOCUMENT = {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": ".+",
            "documentNamespace": r"https://[^#\s]+"}
CREATION = {"created": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "licenseListVersion": r"\d+\.\d+"}
PACKAGE = {"SPDXID": r"SPDXRef-[A-Za-z0-9.-]+", "name": r"\S+", "versionInfo": r"\S+", "supplier": SUPPLIER,
           "downloadLocation": r"NOASSERTION|https://\S+", "licenseConcluded": ".+", "licenseDeclared": ".+",
           "copyrightText": ".+"}
OPTIONAL = {"packageFileName": r"/\S+", "sourceInfo": ".+"}
REFERENCES = {("PACKAGE-MANAGER", "purl"): r"pkg:(deb/debian|generic)/[a-z0-9.+-]+@[A-Za-z0-9.~%-]+(\?arch=source)?",
              ("SECURITY", "cpe23Type"): r"cpe:2\.3:a:([a-z0-9._-]+):([a-z0-9._-]+):([a-z0-9._-]+)(:\*){7}"}


def need(yes, where, what):
    if not yes:
        raise ValueError("%s: %s" % (where, what))


def texts(value, wanted, where, also=()):
    """Each member of `wanted` is there and of its form, and no other but `also`."""
    need(not set(value) - set(wanted) - set(also), where, "unknown: %s" % sorted(set(value) - set(wanted) - set(also)))
    for name, form in wanted.items():
        need(isinstance(value.get(name), str) and re.fullmatch(form, value[name]), where, "%s: %r" % (name, value.get(name)))


def licence(text, list_version, where):
    for part in re.split(" AND | OR ", text):
        name, _, exception = part.partition(" WITH ")
        need(name in LICENCES, where, "no licence of the list: %r" % name)
        need(not exception or EXCEPTIONS.get(exception, (99,)) <= list_version, where, "no exception of the list: %r" % exception)


def reference(r, package, where):
    texts(r, dict.fromkeys(("referenceCategory", "referenceType", "referenceLocator"), r"\S+"), where)
    form = REFERENCES.get((r["referenceCategory"], r["referenceType"]))
    found = form and re.fullmatch(form, r["referenceLocator"])
    need(found, where, "reference: %r" % r)
    version = package["versionInfo"]
    if r["referenceType"] == "purl":
        named, of = re.split("[/@?]", r["referenceLocator"])[-3 if "?" in r["referenceLocator"] else -2:][:2]
        need((named, urllib.parse.unquote(of)) == (package["name"], version), where, "purl of something else: %r" % r)
    else:
        need(found.group(3) == re.match(r"(\d+:)?([^-+~]+)", version).group(2), where, "CPE of another version: %r" % r)


def package(p, list_version):
    where = str(p.get("SPDXID"))
    texts(p, PACKAGE, where, [*OPTIONAL, "filesAnalyzed", "externalRefs"])
    texts({n: p[n] for n in OPTIONAL if n in p}, {n: f for n, f in OPTIONAL.items() if n in p}, where)
    need(p["filesAnalyzed"] is False, where, "files are not listed")
    licence(p["licenseConcluded"], list_version, where)
    licence(p["licenseDeclared"], list_version, where)
    for r in p.get("externalRefs", []):
        reference(r, p, where)
    return [r["referenceType"] for r in p.get("externalRefs", [])]


def document(d):
    texts(d, DOCUMENT, "document", ["creationInfo", "packages", "relationships"])
    texts(d["creationInfo"], CREATION, "creationInfo", ["creators"])
    for creator in d["creationInfo"]["creators"]:
        need(re.fullmatch("(Person|Organization|Tool): .+", creator), "creators", creator)
    need(d["creationInfo"]["creators"], "creators", "none")
    list_version = tuple(map(int, d["creationInfo"]["licenseListVersion"].split(".")))
    references = {p.get("SPDXID"): package(p, list_version) for p in d["packages"]}
    need(len(references) == len(d["packages"]), "packages", "an SPDXID is there twice")
    seen = []
    for r in d["relationships"]:
        texts(r, {"spdxElementId": ".+", "relationshipType": "|".join(RELATIONS), "relatedSpdxElement": ".+"}, "relationship")
        for end in (r["spdxElementId"], r["relatedSpdxElement"]):
            need(end in references or end == "SPDXRef-DOCUMENT", "relationship", "no element: %s" % end)
        seen.append((r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"]))
    need(("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-bootseal") in seen, "relationships", "it describes nothing")
    need({e[2] for e in seen} == set(references), "relationships", "a package that nothing leads to")
    linked = [e[2] for e in seen if e[1] == "STATIC_LINK"]
    for name in linked:
        need({"purl", "cpe23Type"} <= set(references[name]), name, "a scanner does not find it")
    return [p for p in d["packages"] if p["SPDXID"] in linked]


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        for p in document(json.load(file, object_pairs_hook=once)):
            print(p["name"], p["versionInfo"])

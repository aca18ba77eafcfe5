"""`spillway check`: every mistake with file, line, what was found and what was expected."""

import pytest

from harness import cli
from harness.settings import destination, route, settings, shop_source, write

GOOD = """\
version: 1
sources:
  shop:
    kind: hmac
    secrets: [ "secret" ]
    header: X-Shop-Signature
destinations:
  client:
    url: https://hooks.client.example/
    retry: { give_up_after: 3d }
routes:
  - name: all
    from: shop
    to: [ client ]
"""

# What is put in place of what, the line that must be named, and what must be said.
MISTAKES = {
    "an unknown key": ("    retry: { give_up_after: 3d }", "    retry: { give_up_afer: 3d }", 10,
                       'did you mean "give_up_after"?'),
    "an unknown key at the top": ("destinations:", "destinatoins:", 8, '"destinations"'),
    "a key of another order": ("    url:", "    park: 1m\n    url:", 9, "order: per_key"),
    "an ordering key from a kind that has none": (
        "    url:", "    order: per_key\n    url:", 13, "ordering_key"),
    "a kind not built": ("kind: hmac", "kind: stripe", 4, "not built yet"),
    "cells": ("version: 1", "version: 1\ncell: a", 2, "not built yet"),
    "a bad duration": ("give_up_after: 3d", "give_up_after: 3 days", 10, '"3 days"'),
    "a duration without unit": ("give_up_after: 3d", "give_up_after: 3", 10, "expected a duration"),
    "a bad size": ("version: 1", "version: 1\ndisk_budget: 20GB", 2, "expected a size"),
    "a small budget": ("version: 1", "version: 1\ndisk_budget: 1MiB", 2, "at least 256MiB"),
    "an unquoted reference": ('[ "secret" ]', "[ ${env:SECRET} ]", 5, "quote"),
    "a missing variable": ('"secret"', '"${env:SPILLWAY_NO_SUCH}"', 5, "SPILLWAY_NO_SUCH"),
    "a missing file": ('"secret"', '"${file:/no/such/file}"', 5, "/no/such/file"),
    "a duplicate key": ("    kind: hmac", "    kind: hmac\n    kind: open", 5, "twice"),
    "a duplicate destination": ("routes:", "  client: { url: 'https://b.example/' }\nroutes:", 11,
                                "twice"),
    "an unknown destination": ("to: [ client ]", "to: [ clinet ]", 12, '"clinet"'),
    "an unknown source": ("from: shop", "from: shpo", 12, '"shpo"'),
    "a missing key": ("    kind: hmac\n", "", 4, '"kind" is missing'),
    "an empty secret": ('[ "secret" ]', '[ "" ]', 4, "empty"),
    "a bad URL": ("https://hooks.client.example/", "ftp://hooks.client.example/", 9, "http"),
    "an address for a port": ("version: 1",
                              "version: 1\nlisten: { ingest: { address: 8080 } }", 2, "0.0.0.0"),
    "an open admin listener": ("version: 1",
                               "version: 1\nlisten: { admin: { address: '0.0.0.0:8081' } }", 2,
                               "token"),
    "another version": ("version: 1", "version: 2", 1, "1"),
    "a list for a map": ("  client:\n", "  - client:\n", 8, "expected a map"),
}


def test_a_good_file_is_explained(binary, tmp_path):
    done = cli.run(binary, "check", write(tmp_path / "good.yaml", GOOD))
    print(done.out)
    assert done.code == 0 and not done.err
    for said in ("source shop at /in/shop", "shop → client", "CAP: AP", "disk budget", "ok"):
        assert said in done.out


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named_with_their_line(binary, tmp_path, mistake):
    found, instead, line, said = MISTAKES[mistake]
    assert found in GOOD
    config = write(tmp_path / "bad.yaml", GOOD.replace(found, instead, 1))
    done = cli.run(binary, "check", config)
    print(done.err)
    assert done.code == 2 and not done.out
    assert any(complaint.startswith(f"{config}:{line}: ") and said in complaint
               for complaint in done.err.splitlines())


def test_all_mistakes_are_told_at_once(binary, tmp_path):
    config = write(tmp_path / "bad.yaml", GOOD.replace("kind: hmac", "kind: hmca")
                   .replace("give_up_after: 3d", "give_up_after: soon")
                   .replace("[ client ]", "[ nobody ]"))
    done = cli.run(binary, "check", config)
    print(done.err)
    for line in (4, 10, 12):
        assert f"{config}:{line}: " in done.err


def test_included_files_are_read_and_blamed(binary, tmp_path):
    (tmp_path / "conf.d").mkdir()
    write(tmp_path / "conf.d/a.yaml", "destinations:\n  extra: { url: 'https://a.example/' }\n"
                                      "routes:\n  - { name: extra, from: shop, to: [ extra ] }\n")
    config = write(tmp_path / "main.yaml", GOOD + "include: [ conf.d/*.yaml ]\n")
    good = cli.run(binary, "check", config)
    assert good.code == 0 and "shop → extra" in good.out
    bad = write(tmp_path / "conf.d/b.yaml",
                "destinations:\n  other: { ulr: 'https://b.example/' }\n")
    done = cli.run(binary, "check", config)
    assert done.code == 2 and f"{bad}:2: " in done.err and '"url"' in done.err


def test_secrets_are_never_printed(binary, tmp_path):
    config = write(tmp_path / "config.yaml", settings(
        sources={"shop": shop_source(secrets=["hush-hush-hush"])},
        destinations={"client": destination("https://a.example/", secrets=["no base64 hush!"])},
        routes=[route("shop", "client")]))
    done = cli.run(binary, "check", config)
    assert done.code == 2 and "hush" not in done.out + done.err
    print(done.err)

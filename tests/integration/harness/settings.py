"""Configuration files for the node under test. They are written as JSON, which is YAML."""

import base64
import json

SHOP_SECRET = "a secret of the shop"
APP_SECRET = "0123456789abcdef0123456789abcdef"
VERIFY_TOKEN = "a verify token"
SINK_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
CLIENT_APP_SECRET = "fedcba9876543210fedcba9876543210"

LOOPBACK = {"allow": ["127.0.0.0/8"]}
# Waits short enough for a test to see several of them.
QUICK_RETRY = {"schedule": ["200ms", "400ms"], "then_every": "500ms", "jitter": 0}


def shop_source(**more):
    """A source of kind hmac, as harness.senders.shop_event() signs for."""
    return {"kind": "hmac", "secrets": [SHOP_SECRET], "header": "X-Shop-Signature",
            "prefix": "sha256=", **more}


def whatsapp_source(**more):
    return {"kind": "whatsapp", "secrets": [APP_SECRET], "verify_token": VERIFY_TOKEN, **more}


def destination(url, **more):
    return {"url": url, "secrets": [SINK_SECRET], "egress": LOOPBACK, "retry": QUICK_RETRY, **more}


def route(source, *destinations, name=None, **more):
    return {"name": name or f"{source}-to-{'-'.join(destinations)}", "from": source,
            "to": list(destinations), **more}


def settings(sources, destinations, routes, **more):
    """A whole configuration: free ports, two io threads, no wait at shutdown."""
    listen = {"ingest": {"address": "127.0.0.1:0", **more.pop("ingest", {})},
              "admin": {"address": "127.0.0.1:0", **more.pop("admin", {})}}
    return {"version": 1, "data_dir": "data", "threads": 2, "listen": listen,
            "shutdown": {"delay": "0s", "limit": "10s"}, "sources": sources,
            "destinations": destinations, "routes": routes, **more}


def write(path, content):
    """Writes a configuration as JSON, or a text as it stands."""
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return path

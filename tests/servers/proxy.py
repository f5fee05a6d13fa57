"""The fault proxy of the bench, as the tests know it."""

from bench.proxy import HOST, PASS, Fault, Proxy

__all__ = ["HOST", "PASS", "Fault", "Proxy"]

"""The local socket by which several bocau processes on one store share one engine.

`message` is what goes over it, `address` where it is, `server` the side of the engine, `link` the side of the others.
"""

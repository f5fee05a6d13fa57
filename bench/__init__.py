"""The bench measures bocau against its figures and its peers on this machine."""

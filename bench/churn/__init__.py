"""Random changes at both ends of an account for a chosen time, then a comparison of the two."""

"""Full-text search: folding, the query language, its SQL, and the index."""

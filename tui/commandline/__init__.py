"""The commands of `bocau`, one noun a file; each is imported when it is called."""

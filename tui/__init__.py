"""tui = what is on the glass: the Textual app and the command line over the store."""

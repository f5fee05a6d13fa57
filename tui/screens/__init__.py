"""The screens: each wires widgets to the store, its looks in the .tcss beside it."""

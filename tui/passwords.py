"""The passwords of a running reader: of the keyring, of their commands, or given at the terminal."""

from store import credentials
from store.settings import AccountSettings


class Passwords:
    """What a command printed that had the terminal is kept until the end: it could not be asked without it."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}

    async def of(self, account: AccountSettings) -> str:
        """The password of an account.  Raises CredentialsError."""
        given = self._given.get(account.name)
        return given if given is not None else await credentials.password(account, hidden=True)

    async def ask_at(self, account: AccountSettings, terminal: int) -> None:
        """Let the account's command ask at the terminal, an open file.  Raises CredentialsError."""
        self._given.pop(account.name, None)
        secret = await credentials.password_at(account, terminal)
        if account.auth != "oauth2":  # a token ends, and its command can be asked for another
            self._given[account.name] = secret

"""What the form for a new account needs done: try it, write it down, keep its password, start it."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from protocols.check import check
from protocols.station import Station
from store import config, credentials
from store.settings import AccountSettings
from tui.passwords import Passwords


class FirstAccount:
    """Adds accounts to one configuration file, for the screen."""

    def __init__(self, file: Path, engine: Station, passwords: Passwords) -> None:
        self._file = file
        self._engine = engine
        self._passwords = passwords

    @property
    def keyring(self) -> bool:
        """Whether this system can keep a password."""
        return credentials.has_keyring()

    async def check(self, account: AccountSettings, password: str) -> Sequence[str]:
        """Connect and sign in; what went well, as one sentence.  Raises ProtocolError, CredentialsError."""
        secret = password or await credentials.password(account, hidden=True)
        async with aclosing(check(account, secret)) as steps:
            async for step in steps:
                if step.error is not None:
                    raise step.error
        return [f"{account.host} lets you in."]

    async def renew_password(self, account: AccountSettings, password: str) -> None:
        """Keep another password in the keyring, and sign in with it.  Raises CredentialsError."""
        await credentials.store_password(account, password)
        self._engine.refresh(account.name)

    async def ask_at_terminal(self, account: AccountSettings, terminal: int) -> None:
        """Let the password command ask at the terminal, and sign in with its answer.  Raises CredentialsError."""
        await self._passwords.ask_at(account, terminal)
        self._engine.refresh(account.name)

    async def add(self, account: AccountSettings, values: Mapping[str, object], password: str | None) -> None:
        """Keep the password, write the account into the file, start it.  Raises StoreError; nothing is half-written."""
        if password is not None:
            await credentials.store_password(account, password)
        await self._engine.configure(config.add_account(self._file, account.name, values))

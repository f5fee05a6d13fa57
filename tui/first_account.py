"""What the form for a new account needs done: try it, write it down, keep its password, start it."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from protocols.check import check
from store import config, credentials
from store.settings import AccountSettings
from tui.engine_share import EngineShare


class FirstAccount:
    """Adds accounts to one configuration file, for the screen."""

    def __init__(self, file: Path, engine: EngineShare) -> None:
        self._file = file
        self._engine = engine

    @property
    def keyring(self) -> bool:
        """Whether this system can keep a password."""
        return credentials.has_keyring()

    async def check(self, account: AccountSettings, password: str) -> Sequence[str]:
        """Connect and sign in; the steps that went well.  Raises ProtocolError, CredentialsError."""
        secret = password or await credentials.password(account)
        passed = []
        async with aclosing(check(account, secret)) as steps:
            async for step in steps:
                if step.error is not None:
                    raise step.error
                passed.append(step.detail)
        return passed

    async def add(self, account: AccountSettings, values: Mapping[str, object], password: str | None) -> None:
        """Keep the password, write the account into the file, start it.  Raises StoreError; nothing is half-written."""
        if password is not None:
            await credentials.store_password(account, password)
        await self._engine.configure(config.add_account(self._file, account.name, values))

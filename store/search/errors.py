"""What is wrong with a search query.

StoreError
└── QueryError           the query cannot be understood (exit 2)
"""

from store.errors import StoreError


class QueryError(StoreError):
    """The query is wrong at `column`, counted in characters from 1."""

    exit_code = 2

    def __init__(self, column: int, problem: str, hint: str = "") -> None:
        super().__init__(f"Query, column {column}: {problem}", hint)
        self.column = column
        self.problem = problem

"""The README says what the code is."""

from tests.architecture import tree


def test_the_tree_in_the_readme_is_the_tree_on_the_disk():
    assert tree.current() == tree.render(), "run: make docs"

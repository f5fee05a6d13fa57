"""Sleep and another network are noticed, and nothing else is taken for them."""

from protocols.clock import Clock
from protocols.surroundings import Surroundings, addresses

HOME, TRAIN = ("192.168.1.7",), ("10.0.0.9", "2001:db8::9")


class Machine:
    """A machine whose lid closes and whose network changes when the test says so."""

    def __init__(self) -> None:
        self.wall, self.awake, self.network = 1e9, 0.0, HOME
        clock = Clock(now=lambda: self.wall, monotonic=lambda: self.awake)
        self.surroundings = Surroundings(clock, lambda: self.network)

    def runs(self, seconds: float) -> None:
        self.wall, self.awake = self.wall + seconds, self.awake + seconds


def test_time_that_passes_on_both_clocks_is_no_sleep():
    """R07."""
    machine = Machine()
    machine.runs(100_000)
    assert not machine.surroundings.changed()
    machine.wall += 2  # set right by the network's time
    assert not machine.surroundings.changed()


def test_a_machine_that_slept_is_noticed_once():
    machine = Machine()
    machine.wall += 3600
    assert machine.surroundings.changed()
    assert not machine.surroundings.changed()


def test_another_network_is_noticed_and_the_lack_of_one_is_not():
    """R05."""
    machine = Machine()
    machine.network = ()
    assert not machine.surroundings.changed()
    machine.network = TRAIN
    assert machine.surroundings.changed()
    assert not machine.surroundings.changed()


def test_the_same_network_after_none_is_reason_to_connect_again():
    machine = Machine()
    machine.network = ()
    machine.surroundings.changed()
    machine.network = HOME
    assert machine.surroundings.changed()


def test_the_machines_own_addresses_are_told_without_sending_anything():
    assert addresses() == addresses()
    assert "192.0.2.1" not in addresses()

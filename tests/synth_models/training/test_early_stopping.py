"""Early stopping: every table at its best."""

from typing import cast

from torch import nn

from synth_models.nn.decoder import Decoder
from synth_models.nn.encoder import Encoder
from synth_models.training.early_stopping import EarlyStopping
from synth_models.training.settings import TrainSettings
from synth_models.training.sums import Sums


class Tables(nn.Module):
    """Stands for a decoder: a number per table."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.nets = nn.ModuleDict({name: nn.Linear(1, 1, bias=False) for name in names})

    def table(self, name: str) -> nn.Module:
        return self.nets[name]

    def parts(self, name: str) -> list[nn.Module]:
        return [self.table(name)]

    def be(self, value: float) -> None:
        for net in self.nets.values():
            nn.init.constant_(cast("nn.Linear", net).weight, value)

    def at(self, name: str) -> float:
        return cast("nn.Linear", self.nets[name]).weight.item()


def stop(decoder: Tables) -> EarlyStopping:
    """Of a decoder and of an encoder of the same form."""
    encoder = cast("Encoder", Tables("shops"))
    return EarlyStopping(encoder, cast("Decoder", decoder), decoder.nets, TrainSettings())


def measured(**tables: tuple[float, int]) -> Sums:
    """The loss per row, and how many rows."""
    sums = Sums()
    for name, (loss, rows) in tables.items():
        sums.nll[name], sums.rows[name] = loss * rows, rows
        sums.parts[name, 0] = loss * rows
    return sums


def test_a_table_too_small_to_tell_ends_with_the_others() -> None:
    decoder = Tables("shops", "sales")
    stopping = stop(decoder)
    losses = [5.0, 4.0, 3.0, *([3.5] * 6)]
    for at, loss in enumerate(losses):
        assert not stopping.over
        decoder.be(float(at))
        stopping.note(measured(shops=(20.0 - at, 5), sales=(loss, 200)))  # a few rows may say anything
    assert stopping.over
    decoder.be(99.0)
    stopping.restore_best(lambda: measured(sales=(0.0, 200)))
    assert (decoder.at("shops"), decoder.at("sales")) == (2.0, 2.0)
    assert all(p.requires_grad for p in decoder.parameters())


def test_every_table_that_can_tell_has_its_own_best() -> None:
    decoder = Tables("shops", "sales")
    stopping = stop(decoder)
    for at, (shops, sales) in enumerate([(2.0, 3.0), (1.0, 2.0), (1.5, 1.0)]):
        decoder.be(float(at))
        stopping.note(measured(shops=(shops, 30), sales=(sales, 200)))
    stopping.restore_best(lambda: measured(sales=(0.0, 200)))
    assert (decoder.at("shops"), decoder.at("sales")) == (1.0, 2.0)


def test_nothing_is_stopped_by_hardly_any_rows() -> None:
    decoder = Tables("shops")
    stopping = stop(decoder)
    for at in range(20):
        decoder.be(float(at))
        stopping.note(measured(shops=(1.0 + at, 19)))
    stopping.restore_best(lambda: measured(sales=(0.0, 200)))
    assert decoder.at("shops") == 19.0
    assert not stopping.over


def test_bests_that_do_not_fit_together_give_way_to_what_did() -> None:
    decoder = Tables("shops", "sales")
    stopping = stop(decoder)
    for at, (shops, sales) in enumerate([(2.0, 3.0), (1.0, 2.0), (1.5, 1.9)]):
        decoder.be(float(at))
        stopping.note(measured(shops=(shops, 100), sales=(sales, 100)))
    stopping.restore_best(lambda: measured(shops=(4.0, 100), sales=(4.0, 100)))
    assert (decoder.at("shops"), decoder.at("sales")) == (1.0, 1.0)


def test_a_state_goes_on() -> None:
    decoder = Tables("shops", "sales")
    first = stop(decoder)
    for loss in (1.0, *([2.0] * 5)):
        first.note(measured(shops=(loss, 100), sales=(1 / loss, 100)))
    second = stop(decoder)
    second.restore(first.state())
    assert second.frozen == ()
    second.note(measured(shops=(2.0, 100), sales=(0.4, 100)))
    assert second.frozen == ("shops",)


class Halves(Tables):
    """A decoder of tables that are drawn in two parts."""

    def parts(self, name: str) -> list[nn.Module]:
        return [self.nets[name], self.nets[f"{name} again"]]


def test_parts_of_a_table_stop_by_themselves() -> None:
    decoder = Halves("shops", "shops again")
    stopping = EarlyStopping(
        cast("Encoder", Tables("shops")), cast("Decoder", decoder), ["shops"], TrainSettings()
    )
    for at in range(7):
        decoder.be(float(at))
        sums = measured(shops=(1.0, 100))
        sums.parts = {("shops", 0): 100.0 + at, ("shops", 1): 100.0 - at}
        stopping.note(sums)
    assert stopping.done == {("shops", 0)}
    assert stopping.frozen == ()  # the other part is still trained
    assert not stopping.over
    assert decoder.at("shops") == 0.0
    assert [p.requires_grad for p in decoder.parameters()] == [False, True]
    stopping.restore_best(lambda: measured(shops=(1.0, 100)))
    assert decoder.at("shops again") == 6.0

"""Random acts, server updates, answers and undo: every row always equals what an independent oracle says."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from store import acts, bodies, folders, journal, messages
from store.errors import NotPossible
from store.model import ActId, Flag, FolderId, MessageId, OperationId, Role
from store.operations import Archive, Delete, Move, Operation, SetFlags
from tests.store.mail import arrival, assert_consistent, memory, seed

PENDING = {"queued", "running", "unknown"}
FLAGS = st.sampled_from([Flag.SEEN, Flag.FLAGGED, Flag.SEEN | Flag.FLAGGED, Flag.ANSWERED, Flag.NONE])
PICK = st.integers(0, 1000)


@dataclass(slots=True)
class Op:
    """One journal row, as the oracle sees it."""

    id: OperationId
    kind: str
    on: MessageId
    add: int = 0
    remove: int = 0
    folder: FolderId | None = None
    prior: FolderId | None = None
    state: str = "queued"


@dataclass(slots=True)
class Truth:
    """One message, as the server has it, and what waits for it."""

    flags: int
    folder: FolderId
    uid: int | None
    local: bool
    ops: list[Op] = field(default_factory=list)

    def effective(self) -> tuple[int, FolderId | None, int]:
        flags, folder, count = self.flags, self.folder, 0
        for op in self.ops:
            if op.state in PENDING:
                count += 1
                flags = (flags | op.add) & ~op.remove
                folder = folder if op.kind == "flags" else op.folder
        return flags, folder, count


class Rows(RuleBasedStateMachine):
    """The store beside the oracle."""

    def __init__(self):
        super().__init__()
        self.truth: dict[MessageId, Truth] = {}
        self.acts: dict[ActId, list[Op]] = {}
        self.undone: set[ActId] = set()
        self.undoings: set[ActId] = set()
        self.next_uid = 1

    @initialize()
    def open(self):
        self.tx = memory()
        self.at = seed(self.tx)
        self.places = [self.at.inbox, self.at.archive, self.at.trash, self.at.work]
        self.local = [one.id for one in folders.every(self.tx.connection, self.at.pop3)]

    def teardown(self):
        self.tx.connection.close()

    def visible(self) -> list[MessageId]:
        return [message for message, truth in self.truth.items() if truth.effective()[1] is not None]

    def heads(self, *states: str) -> list[Op]:
        waiting = [[op for op in truth.ops if op.state in PENDING] for truth in self.truth.values()]
        return [ops[0] for ops in waiting if ops and ops[0].state in states]

    @rule(place=PICK, flags=FLAGS, local=st.booleans())
    def mail_arrives(self, place, flags, local):
        account = self.at.pop3 if local else self.at.account
        folder = self.at.pop3_inbox if local else self.places[place % len(self.places)]
        uid = None if local else self.next_uid
        new = arrival(uid, f"m{self.next_uid}", flags=flags, raw=b"raw", text="text")
        [message] = messages.add(self.tx, account, folder, [new])
        self.truth[message] = Truth(int(flags), folder, uid, local)
        self.next_uid += 1

    def perform(self, operation: Operation, steps: list[Op]) -> None:
        act = acts.perform(self.tx, operation)
        assert act.messages == tuple(op.on for op in steps)
        if steps:
            self.write(act.id, steps)

    def write(self, act: ActId, steps: list[Op]) -> None:
        ids = self.tx.execute("SELECT message_id, id FROM journal WHERE act_id = ?", (act,)).fetchall()
        id_of = dict(ids)
        self.acts[act] = steps
        for op in steps:
            op.id = OperationId(id_of[op.on])
            truth = self.truth[op.on]
            truth.ops.append(op)
            if truth.local:
                op.state = "done"
                self.settle(op)

    def settle(self, op: Op) -> None:
        truth = self.truth[op.on]
        if op.kind == "flags":
            truth.flags = (truth.flags | op.add) & ~op.remove
        elif op.folder is not None:
            truth.folder = op.folder
        else:
            del self.truth[op.on]

    @precondition(lambda self: self.visible())
    @rule(which=PICK, more=PICK, add=FLAGS, remove=FLAGS)
    def flags_are_set(self, which, more, add, remove):
        seen = self.visible()
        chosen = tuple(dict.fromkeys((seen[which % len(seen)], seen[more % len(seen)])))
        steps = []
        for message in chosen:
            before = self.truth[message].effective()[0]
            if (before | add) & ~remove != before:
                steps.append(Op(OperationId(0), "flags", message, int(add & ~before), int(remove & before)))
        self.perform(SetFlags(chosen, add, remove), steps)

    @precondition(lambda self: self.visible())
    @rule(which=PICK, place=PICK)
    def a_message_is_moved(self, which, place):
        seen = self.visible()
        message = seen[which % len(seen)]
        targets = self.local if self.truth[message].local else self.places
        self.move(message, targets[place % len(targets)], Move((message,), targets[place % len(targets)]))

    @precondition(lambda self: self.visible())
    @rule(which=PICK)
    def a_message_is_archived(self, which):
        seen = self.visible()
        message = seen[which % len(seen)]
        self.move(message, self.role(message, Role.ARCHIVE), Archive((message,)))

    @precondition(lambda self: self.visible())
    @rule(which=PICK)
    def a_message_is_deleted(self, which):
        seen = self.visible()
        message = seen[which % len(seen)]
        trash = self.role(message, Role.TRASH)
        if self.truth[message].effective()[1] == trash:
            self.perform(Delete((message,)), [Op(OperationId(0), "expunge", message, prior=trash)])
        else:
            self.move(message, trash, Delete((message,)))

    def role(self, message: MessageId, role: Role) -> FolderId:
        found = folders.by_role(
            self.tx.connection, self.at.pop3 if self.truth[message].local else self.at.account, role
        )
        assert found is not None
        return found.id

    def move(self, message: MessageId, folder: FolderId, operation: Operation) -> None:
        before = self.truth[message].effective()[1]
        step = Op(OperationId(0), "move", message, folder=folder, prior=before)
        self.perform(operation, [] if before == folder else [step])

    @precondition(lambda self: any(truth.uid for truth in self.truth.values()))
    @rule(which=PICK, flags=FLAGS)
    def the_server_changes_flags(self, which, flags):
        known = [truth for truth in self.truth.values() if truth.uid]
        truth = known[which % len(known)]
        messages.set_server_flags(self.tx, truth.folder, [(truth.uid, flags, None)])
        truth.flags = int(flags)

    @precondition(lambda self: any(truth.uid for truth in self.truth.values()))
    @rule(which=PICK)
    def the_server_removes_a_message(self, which):
        known = [message for message, truth in self.truth.items() if truth.uid]
        message = known[which % len(known)]
        truth = self.truth[message]
        moving = any(op.state in ("running", "unknown") and op.kind != "flags" for op in truth.ops)
        assert messages.remove_uids(self.tx, truth.folder, [truth.uid]) == ([] if moving else [message])
        if not moving:
            for op in truth.ops:
                op.state = op.state if op.state in ("done", "undone") else "dropped"
            del self.truth[message]

    @precondition(lambda self: self.heads("queued", "unknown"))
    @rule(which=PICK)
    def an_operation_is_started(self, which):
        heads = self.heads("queued", "unknown")
        op = heads[which % len(heads)]
        assert journal.start(self.tx, [op.id]) == [op.id]
        op.state = "running"

    @precondition(lambda self: self.heads("running"))
    @rule(which=PICK, answer=st.sampled_from(["ok", "ok", "no", "cut", "again"]), told=st.booleans())
    def the_server_answers(self, which, answer, told):
        heads = self.heads("running")
        op = heads[which % len(heads)]
        truth = self.truth[op.on]
        if answer != "ok":
            op.state = {"no": "refused", "cut": "unknown", "again": "queued"}[answer]
            if answer == "no":
                journal.refuse(self.tx, [op.id], "No.")
            else:
                {"cut": journal.unsure, "again": journal.requeue}[answer](self.tx, [op.id])
            return
        op.state = "done"
        if op.kind == "flags":
            journal.finish_flags(self.tx, [op.id])
        elif op.kind == "move" and op.folder is not None:
            truth.uid = self.next_uid if told else None
            self.next_uid += 1
            journal.finish_move(self.tx, [(op.id, truth.uid)], op.folder)
        else:
            journal.finish_expunge(self.tx, [op.id])
            for other in truth.ops:
                other.state = other.state if other.state in ("done", "undone") else "dropped"
        self.settle(op)

    @precondition(lambda self: self.undoable())
    @rule(which=PICK)
    def an_act_is_undone(self, which):
        possible = sorted(self.undoable())
        act = possible[which % len(possible)]
        sent = [op for op in self.acts[act] if op.state in ("running", "unknown", "done") and op.on in self.visible()]
        waiting = [op for op in self.acts[act] if op.state in ("queued", "refused")]
        overruled = [op for op in (*sent, *waiting) if self.is_overruled(act, op)]
        gone = any(op.kind == "expunge" and op.state not in ("queued", "refused", "dropped") for op in self.acts[act])
        steps = [self.inverse(act, op) for op in sent if op not in overruled and op.kind != "expunge"]
        self.tx.execute("SAVEPOINT undoing")
        try:
            undoing = acts.undo(self.tx, act)
        except NotPossible:
            self.tx.execute("ROLLBACK TO undoing")
            assert not steps and (gone or not waiting or len(overruled) >= len(waiting))
            return
        finally:
            self.tx.execute("RELEASE undoing")
        assert steps or waiting
        self.undone.add(act)
        for op in waiting:
            op.state = "undone"
        self.write(undoing.id, steps)
        self.undoings.add(undoing.id)

    def undoable(self) -> set[ActId]:
        return self.acts.keys() - self.undone - self.undoings

    def later(self, act: ActId, message: MessageId) -> list[Op]:
        """What was done to a message by later acts that are in force."""
        younger = [other for other in self.undoable() if other > act]
        ops = [op for other in younger for op in self.acts[other] if op.on == message]
        return [op for op in ops if op.state in (*PENDING, "done")]

    def is_overruled(self, act: ActId, op: Op) -> bool:
        if op.kind == "flags":
            return not (op.add | op.remove) & ~self.decided(act, op.on)
        return op.kind == "move" and any(other.kind != "flags" for other in self.later(act, op.on))

    def decided(self, act: ActId, message: MessageId) -> int:
        bits = 0
        for op in self.later(act, message):
            bits |= op.add | op.remove
        return bits

    def inverse(self, act: ActId, op: Op) -> Op:
        if op.kind == "flags":
            free = ~self.decided(act, op.on)
            return Op(OperationId(0), "flags", op.on, op.remove & free, op.add & free)
        return Op(OperationId(0), "move", op.on, folder=self.origin(act, op), prior=self.truth[op.on].effective()[1])

    def origin(self, act: ActId, op: Op) -> FolderId | None:
        """Where it was, had earlier acts that were undone not been done at all."""
        prior = op.prior
        for earlier in sorted((one for one in self.acts.keys() - self.undoings if one < act), reverse=True):
            moves = [
                one for one in self.acts[earlier] if one.on == op.on and one.kind == "move" and one.folder == prior
            ]
            if moves and earlier not in self.undone:
                break
            prior = moves[0].prior if moves else prior
        return prior

    @invariant()
    def every_row_is_what_the_oracle_says(self):
        if not hasattr(self, "tx"):
            return
        rows = self.tx.execute(
            "SELECT id, flags, folder_id, pending, server_flags, server_folder_id, uid FROM messages"
        ).fetchall()
        assert {row[0]: row[1:] for row in rows} == {
            message: (*truth.effective(), truth.flags, truth.folder, truth.uid) for message, truth in self.truth.items()
        }
        assert_consistent(self.tx.connection)
        assert all(bodies.raw(self.tx.connection, message) == b"raw" for message in self.truth)


TestEffectiveRows = Rows.TestCase
TestEffectiveRows.settings = settings(deadline=None, max_examples=40, stateful_step_count=40)

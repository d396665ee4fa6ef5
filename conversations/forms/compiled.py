"""A form ready to be evaluated: what loading makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conversations.forms.evaluate import Evaluation
from conversations.forms.model import ASKED, Context, Question
from conversations.forms.model import Evaluation as AnyEvaluation
from conversations.forms.nodes import Node, Words
from conversations.xpath.scope import Row


@dataclass(frozen=True, slots=True)
class CompiledForm:
    """A form ready to be evaluated; made by `conversations.forms.load.load`, shared, immutable."""

    id: str
    version: str
    title: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    root: str
    nodes: Mapping[str, Node]
    itext: Mapping[str, Words]
    instances: Mapping[str, Sequence[Row]]
    external: frozenset[str]
    """Names of the pulldata tables that the form asks its context for."""
    conditional: frozenset[str] = field(init=False)
    """Paths of nodes that may be irrelevant: every other node is looked at without asking."""
    uncertain: frozenset[str] = field(init=False)
    """Those of them whose relevance an answer may change; of the others it stands from the start."""

    def __post_init__(self) -> None:
        found: set[str] = set()
        for path, node in self.nodes.items():
            around: Node | None = node
            while around is not None and around.relevant is None:
                around = self.nodes.get(around.parent)
            if around is not None:
                found.add(path)
        object.__setattr__(self, "conditional", frozenset(found))
        uncertain = frozenset(path for path in found if self._hangs_on_answers(path, set()))
        object.__setattr__(self, "uncertain", uncertain)

    def _hangs_on_answers(self, path: str, seen: set[str]) -> bool:
        seen.add(path)
        node = self.nodes.get(path)
        if node is None:
            return False
        for read in {*node.reads, node.parent} - seen:
            met = self.nodes.get(read)
            asked = met is not None and met.question is not None and met.question.type in ASKED
            if asked or self._hangs_on_answers(read, seen):
                return True
        return False

    def question(self, path: str) -> Question:
        """Return a question by its path.

        Raises:
            KeyError: there is none.

        """
        question = self.nodes[path].question
        if question is None:
            raise KeyError(path)
        return question

    def group_label(self, path: str, evaluation: AnyEvaluation) -> str:
        """Return the label of a group, "" if it has none."""
        return evaluation.label(path)

    def first_load(self, context: Context) -> dict[str, str]:
        """Return the answers of a new submission: static defaults, then dynamic ones in order."""
        answers = {path: n.static_default for path, n in self.nodes.items() if n.static_default}
        for path, node in self.nodes.items():
            if node.default is not None:
                answers[path] = self.evaluate(answers, context).default(path)
        return {path: answer for path, answer in answers.items() if answer}

    def evaluate(self, answers: Mapping[str, str], context: Context) -> Evaluation:
        """See the form with these answers (path to XForm string); unknown paths are ignored."""
        return Evaluation(self, answers, context)

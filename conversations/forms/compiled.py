"""What loading makes of a form: nodes with their expressions compiled, sentences in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from conversations.forms.evaluate import Evaluation
from conversations.forms.model import Context, Question
from conversations.forms.model import Evaluation as AnyEvaluation
from conversations.xpath.scope import Row, Run

Part: TypeAlias = "str | Run"
"""A piece of a sentence: words, or an output to fill in."""
Sentence: TypeAlias = "tuple[Part, ...]"
Words: TypeAlias = "Mapping[str, Sentence]"
"""A sentence by language; "" is the text of a form without languages."""
ChoiceWords: TypeAlias = "Callable[[Row], Words]"


@dataclass(frozen=True, slots=True)
class Itemset:
    """Where the choices of a select come from: inline rows, or an instance and its filters."""

    instance: str
    filters: tuple[Run, ...]
    value: str
    label: str
    """Column with the label: an itext id when `translated`, else the words themselves."""
    translated: bool


@dataclass(slots=True)
class Node:
    """One node of the form: a question, a calculate, or a group (then `question` is None).

    `kind` is how its text is read in expressions: number, date, string or "".
    """

    path: str
    parent: str
    kind: str = ""
    integer: bool = False
    question: Question | None = None
    relevant: Run | None = None
    required: Run | None = None
    read_only: Run | None = None
    constraint: Run | None = None
    compares: bool = False
    """Whether the constraint looks at other answers."""
    calculate: Run | None = None
    soft: Run | None = None
    static_default: str = ""
    default: Run | None = None
    label: Words = field(default_factory=dict)
    hint: Words = field(default_factory=dict)
    constraint_message: Words = field(default_factory=dict)
    required_message: Words = field(default_factory=dict)
    soft_message: Words = field(default_factory=dict)
    itemset: Itemset | None = None
    reads: frozenset[str] = frozenset()
    """What its calculation, relevance, required and read-only look at: the edges of cycles."""


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

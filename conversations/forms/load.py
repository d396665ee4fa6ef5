"""XForm XML to a compiled form.

Reads what pyxform writes for the types that this version executes, and what other makers of
XForms write in the same way. Everything is compiled here, so that a broken form is refused
before anybody is asked its first question.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from conversations.forms.compiled import CompiledForm
from conversations.forms.errors import FormError
from conversations.forms.model import Question, QuestionType
from conversations.forms.names import JR, OURS, XF, H, local
from conversations.forms.nodes import Itemset, Node
from conversations.forms.ours import with_ours
from conversations.forms.wording import Wording, itext_key
from conversations.limits import (
    MAX_CHOICES_PER_LIST,
    MAX_FORM_XML_BYTES,
    MAX_QUESTIONS_PER_FORM,
)
from conversations.text import Text
from conversations.xpath.compiler import compile_expression, compile_itemset
from conversations.xpath.errors import XPathError
from conversations.xpath.reading import reader
from conversations.xpath.scope import Compiled, Place, Row, Run

_MAX_NESTING: Final = 20
_FIRST_LOAD: Final = "odk-instance-first-load"
_KINDS: Final = {
    "int": "number",
    "decimal": "number",
    "date": "date",
    "dateTime": "date",
    "string": "string",
    "geopoint": "string",
    "binary": "string",
}
_INPUTS: Final = {
    "int": QuestionType.INTEGER,
    "decimal": QuestionType.DECIMAL,
    "date": QuestionType.DATE,
    "geopoint": QuestionType.GEOPOINT,
    "string": QuestionType.TEXT,
}
_ALWAYS: Final = Compiled(lambda _: True, "boolean", frozenset())


def load(xml: str | bytes) -> CompiledForm:
    """Return the compiled form of an XForm.

    Raises:
        FormError: it is no XForm, too large, or uses what this version does not execute.
        XPathError: one of its expressions cannot be used.

    """
    return _Loader(_parse(xml)).form()


def _parse(xml: str | bytes) -> ET.Element:
    if len(xml) > MAX_FORM_XML_BYTES:
        raise FormError(Text("The form is too large."))
    try:
        text = xml if isinstance(xml, str) else xml.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormError(Text("The form is not UTF-8 text.")) from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise FormError(Text("A form with a DOCTYPE or entities is not accepted."))
    try:
        root = ET.fromstring(text)  # noqa: S314  (no DOCTYPE, no entities: checked above; size is bounded)
    except (ET.ParseError, ValueError) as error:  # ValueError: characters XML cannot hold
        raise FormError(Text("The form is not well-formed XML.")) from error
    if root.tag != f"{H}html":
        raise FormError(Text("The file is not an XForm."))
    return root


class _Loader:
    """Goes over one XForm once: instances, binds, body, then sentences."""

    def __init__(self, root: ET.Element) -> None:
        self.root = root
        model = root.find(f"{H}head/{XF}model")
        body = root.find(f"{H}body")
        instance = model.find(f"{XF}instance/*") if model is not None else None
        if model is None or body is None or instance is None:
            raise FormError(Text("The file is not an XForm."))
        self.model, self.body, self.instance = model, body, instance
        self.nodes: dict[str, Node] = {}
        self.kinds: dict[str, str] = {}
        self.binds: dict[str, ET.Element] = {}
        self.types: dict[str, QuestionType] = {}
        self.groups: dict[str, str] = {}
        self.defaults: dict[str, str] = {}
        self.instances: dict[str, tuple[Row, ...]] = {}
        self.external: set[str] = set()
        self.wording = Wording(self.output)
        self.known_lists: frozenset[str] = frozenset()
        self.columns: dict[str, frozenset[str]] = {}
        self.top = f"/{local(instance)}"

    def form(self) -> CompiledForm:
        self.wording.read(self.model)
        self.read_lists()
        self.read_binds()
        self.read_instance(self.instance, "")
        self.known_lists = frozenset(self.instances) | self.external
        for path, bind in self.binds.items():
            if path in self.nodes:
                self.compile_bind(self.nodes[path], bind)
        for setvalue in self.root.iter(f"{XF}setvalue"):
            self.read_setvalue(setvalue)
        self.read_body(self.body, "")
        questions = tuple(self.questions())
        if len(questions) > MAX_QUESTIONS_PER_FORM:
            raise FormError(
                Text("The form has more than {max} questions.", {"max": MAX_QUESTIONS_PER_FORM})
            )
        title = self.root.findtext(f"{H}head/{H}title") or ""
        form_id = self.instance.get("id", "")
        if not form_id:
            raise FormError(Text("The form has no id."))
        return CompiledForm(
            id=form_id,
            version=self.instance.get("version", ""),
            title=title.strip(),
            languages=self.wording.languages,
            questions=questions,
            root=local(self.instance),
            nodes=self.nodes,
            itext={key: self.wording.words(key, "") for key in self.wording.elements},
            instances=self.instances,
            external=frozenset(self.external),
        )

    # the model

    def read_lists(self) -> None:
        for element in self.model.findall(f"{XF}instance")[1:]:
            name = element.get("id", "")
            source = element.get("src", "")
            if source == "jr://instance/last-saved":
                continue
            if source:
                if not source.startswith("jr://file"):
                    raise FormError(Text("The list {name} cannot be read.", {"name": name}))
                self.external.add(name)
                continue
            rows = tuple(
                {local(column): column.text or "" for column in item}
                for item in element.findall("*/*")
            )
            if len(rows) > MAX_CHOICES_PER_LIST:
                raise FormError(
                    Text(
                        "The list {name} has more than {max} choices.",
                        {"name": name, "max": MAX_CHOICES_PER_LIST},
                    )
                )
            self.instances[name] = rows
            self.columns[name] = frozenset(column for row in rows for column in row)

    def read_binds(self) -> None:
        for bind in self.model.findall(f"{XF}bind"):
            path = bind.get("nodeset", "").strip()
            if path.rpartition("/")[0].endswith("/meta"):
                continue
            self.binds[path] = bind

    def read_instance(self, element: ET.Element, parent: str) -> None:
        path = f"{parent}/{local(element)}"
        if path.count("/") > _MAX_NESTING:
            raise FormError(Text("The form has too many groups inside each other."), parent)
        if path in self.nodes:
            raise FormError(Text("The form has a repeat, which is not supported."), path)
        children = [child for child in element if local(child) != "meta"]
        bind = self.binds.get(path)
        node = Node(path, parent)
        self.nodes[path] = node
        if children or not parent:
            self.kinds[path] = "group"
            for child in children:
                self.read_instance(child, path)
            return
        kind = bind.get("type", "string") if bind is not None else "string"
        kind = kind.rpartition(":")[2]
        if kind not in _KINDS:
            raise FormError(Text("The type {type} is not supported.", {"type": kind}), path)
        node.kind = _KINDS[kind]
        node.integer = kind == "int"
        node.static_default = (element.text or "").strip()
        calculates = bind is not None and bind.get("calculate")
        self.kinds[path] = "" if calculates and kind == "string" else node.kind
        self.types[path] = QuestionType.CALCULATE if calculates else QuestionType.HIDDEN

    def compile_bind(self, node: Node, bind: ET.Element) -> None:
        node.relevant = self.compiled(bind.get("relevant"), node, edges=True)
        node.required = self.compiled(bind.get("required"), node, edges=True)
        node.read_only = self.compiled(bind.get("readonly"), node, edges=True)
        node.calculate = self.compiled(bind.get("calculate"), node, edges=True)
        if constraint := bind.get("constraint", "").strip():
            compiled = self.expression(constraint, node.path)
            node.constraint = compiled.run
            node.compares = bool(compiled.reads - {node.path})
        node.soft = self.compiled(bind.get(f"{OURS}soft"), node)
        node.constraint_message = self.wording.message(bind.get(f"{JR}constraintMsg"), node)
        node.required_message = self.wording.message(bind.get(f"{JR}requiredMsg"), node)
        node.soft_message = self.wording.message(bind.get(f"{OURS}softMsg"), node)

    def compiled(self, expression: str | None, node: Node, *, edges: bool = False) -> Run | None:
        if expression is None or not expression.strip():
            return None
        compiled = self.expression(expression, node.path)
        if edges:
            node.reads |= compiled.reads
        return compiled.run

    def place(self, path: str) -> Place:
        return Place(path, self.kinds, self.known_lists, self.columns)

    def expression(self, expression: str, path: str) -> Compiled:
        if expression == "true()":
            return _ALWAYS
        try:
            return compile_expression(expression.strip(), self.place(path))
        except XPathError as error:
            error.path = path
            raise

    def read_setvalue(self, element: ET.Element) -> None:
        path = element.get("ref", "").strip()
        node = self.nodes.get(path)
        if element.get("event") != _FIRST_LOAD or node is None:
            raise FormError(Text("A trigger is not supported."), path)
        expression = element.get("value")
        if expression:
            node.default = self.compiled(expression, node)
        else:
            node.static_default = (element.text or "").strip()

    # the body

    def read_body(self, parent: ET.Element, group: str, depth: int = 0) -> None:
        if depth > _MAX_NESTING:
            raise FormError(Text("The form has too many groups inside each other."), group)
        for element in parent:
            tag = local(element)
            if tag == "group":
                self.read_group(element, group, depth)
            elif tag in {"input", "select1", "select", "upload"}:
                self.read_control(element, tag, group)
            elif tag not in {"label", "hint"}:
                raise FormError(
                    Text("{tag} is not supported.", {"tag": tag}), element.get("ref", "")
                )

    def read_group(self, element: ET.Element, outer: str, depth: int) -> None:
        path = (element.get("ref") or element.get("nodeset") or "").strip()
        node = self.nodes.get(path)
        if node is not None:
            node.label = self.wording.child_words(element, "label", path)
        is_page = "field-list" in element.get("appearance", "").split()
        self.read_body(element, path if is_page else outer, depth + 1)

    def read_control(self, element: ET.Element, tag: str, group: str) -> None:
        path = element.get("ref", "").strip()
        node = self.nodes.get(path)
        if node is None or self.kinds[path] == "group":
            raise FormError(Text("There is no question {name}.", {"name": path}), path)
        self.types[path] = self.control_type(element, tag, node)
        self.groups[path] = group
        node.label = self.wording.child_words(element, "label", path)
        node.hint = self.wording.child_words(element, "hint", path)
        if tag in {"select", "select1"}:
            node.itemset = self.itemset(element, node)

    def control_type(self, element: ET.Element, tag: str, node: Node) -> QuestionType:
        if tag == "select":
            return QuestionType.SELECT_MULTIPLE
        if tag == "select1":
            return QuestionType.SELECT_ONE
        if tag == "upload":
            if not element.get("mediatype", "").startswith("image/"):
                raise FormError(Text("Only photos can be sent, no other files."), node.path)
            return QuestionType.IMAGE
        bind = self.binds.get(node.path)
        kind = (bind.get("type", "string") if bind is not None else "string").rpartition(":")[2]
        if kind not in _INPUTS:
            raise FormError(Text("The type {type} is not supported.", {"type": kind}), node.path)
        is_note = (
            kind == "string"
            and bind is not None
            and bind.get("readonly") == "true()"
            and node.calculate is None
            and node.default is None
            and not node.static_default
        )
        return QuestionType.NOTE if is_note else _INPUTS[kind]

    def itemset(self, element: ET.Element, node: Node) -> Itemset:
        itemset = element.find(f"{XF}itemset")
        if itemset is None:
            return self.inline_choices(element, node)
        try:
            nodeset = itemset.get("nodeset", "")
            instance, filters, _ = compile_itemset(nodeset, self.place(node.path))
        except XPathError as error:
            error.path = node.path
            raise
        value = itemset.find(f"{XF}value")
        label = itemset.find(f"{XF}label")
        label_ref = label.get("ref", "label").strip() if label is not None else "label"
        translated = label_ref.startswith("jr:itext(")
        if translated:
            label_ref = label_ref.removeprefix("jr:itext(").removesuffix(")").strip()
        value_ref = value.get("ref", "name").strip() if value is not None else "name"
        return Itemset(instance, filters, value_ref, label_ref, translated)

    def inline_choices(self, element: ET.Element, node: Node) -> Itemset:
        name = f" {node.path}"  # no instance of the form can have a space in its name
        rows: list[Row] = []
        for item in element.findall(f"{XF}item"):
            value = (item.findtext(f"{XF}value") or "").strip()
            key = f"{name}/{value}"
            label = item.find(f"{XF}label")
            if label is not None:
                reference = itext_key(label.get("ref"))
                self.wording.elements[key] = (
                    self.wording.elements.get(reference, {}) if reference else {"": label}
                )
            rows.append({"name": value, "itextId": key})
        self.instances[name] = tuple(rows)
        return Itemset(name, (), "name", "itextId", translated=True)

    def output(self, expression: str, path: str) -> Run:
        """Compile an output; most are the bare path of a question, which needs no parsing."""
        if expression in self.types:
            return reader(expression)
        return self.expression(expression, path or self.top).run

    # questions

    def questions(self) -> Iterator[Question]:
        for path, kind in self.types.items():
            node = self.nodes[path]
            question = Question(
                path=path,
                name=path.rpartition("/")[2],
                type=kind,
                group=self.groups.get(path) or None,
                has_soft=node.soft is not None,
                has_constraint=node.constraint is not None,
                compares=node.compares,
            )
            bind = self.binds.get(path)
            node.question = question if bind is None else with_ours(question, bind.attrib)
            yield node.question

"""The XML of audit messages, from untrusted senders: no DTD, so no entity of anybody's making, and bounded depth.

The parser is the standard library's expat. A document type declaration is refused where it begins, before anything
in it is read: that is the whole defence against entity bombs and external entities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

_DEEPEST = 16


class XmlError(ValueError):
    """The text is not read; the message is the reason."""


@dataclass
class Node:
    """One element: its name without prefix, attributes, elements within, pieces of text."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands in it besides elements."""
        return "".join(self.texts)

    def all(self, name: str) -> list[Node]:
        """Return the elements within that are called `name`."""
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Node:
        """Return the first of them, or an empty one."""
        return next((child for child in self.children if child.name == name), Node(name))

    def get(self, *names: str) -> str:
        """Return the first of these attributes that holds something."""
        for name in names:
            if text := self.attributes.get(name, "").strip():
                return text
        return ""


def tree_of(text: bytes) -> Node:
    """Return the root element of an XML document. Raises XmlError: DTD refused, too deep, not XML."""
    root = Node("")
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise XmlError("too deep")
        node = Node(name.rpartition(":")[2], attributes)
        stack[-1].children.append(node)
        stack.append(node)

    def end(_name: str) -> None:
        stack.pop()

    def characters(text: str) -> None:
        if not text.isspace():
            stack[-1].texts.append(text)

    def refuse(*_declaration: object) -> NoReturn:
        raise XmlError("DTD refused")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)  # noqa: FBT003 - the library takes it by position
    except XmlError:
        raise
    except (expat.ExpatError, LookupError, ValueError) as error:  # the last two: an encoding that does not exist
        raise XmlError("not XML") from error
    return root.children[0]

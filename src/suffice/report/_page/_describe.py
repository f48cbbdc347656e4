"""The description of a page as data: its contents, and what they rest on."""

import dataclasses
from collections.abc import Iterator

from matplotlib.figure import Figure

from suffice._core.literature import Grounds, Publication

from ._grid import Grid


@dataclasses.dataclass(frozen=True)
class Card:
    """One large number with its meaning.

    Attributes:
        label: Name of the number.
        value: The number, or one or two words.
        remark: A condition or an explanation of the number.
        basis: The statement on which it rests.
    """

    label: str
    value: str
    remark: str
    basis: Grounds


@dataclasses.dataclass(frozen=True)
class Soft:
    """A paragraph in a softer colour."""

    text: str


@dataclasses.dataclass(frozen=True)
class Bullets:
    """A list of sentences; without any, nothing is shown."""

    sentences: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Picture:
    """A figure with its explanation.

    Attributes:
        name: Identifier in the page.
        figure: A matplotlib figure, or a whole SVG document.
        seen: A sentence that describes the figure for readers who cannot see it; its
            axes and numbers follow, unless it is a document.
        caption: How to read it.
        small: Whether it is one of many on its page, and narrower than the page.
    """

    name: str
    figure: Figure | str
    seen: str
    caption: str
    small: bool = False


@dataclasses.dataclass(frozen=True)
class Link:
    """A link to another page, as a paragraph.

    Attributes:
        text: What is clicked.
        address: Where it leads, relative to the page or whole.
    """

    text: str
    address: str


Part = str | Soft | Bullets | Grid | Picture | Link | None
"""One part of a section; a string is a paragraph, None and "" are left out."""


@dataclasses.dataclass(frozen=True)
class Section:
    """A heading and the parts below it.

    Attributes:
        heading: Its title.
        parts: Paragraphs, lists, tables and figures in order.
        bases: The statements on which the numbers of the section rest.
    """

    heading: str
    parts: tuple[Part, ...]
    bases: tuple[Grounds, ...] = ()


@dataclasses.dataclass(frozen=True)
class Page:
    """A whole page.

    Attributes:
        title: The title of the page, which is its only first heading.
        subtitle: Where the data came from.
        cards: The numbers that matter most.
        lead: Paragraphs before the first section.
        sections: The sections; None where one does not apply.
        command: The command line that made the page.
        details: Titles and long texts that are folded away at the end.
        remarks: Sentences at the very end.
        cited: Papers beyond those that cards and sections rest on.
    """

    title: str
    subtitle: str
    cards: tuple[Card, ...]
    lead: tuple[Part, ...]
    sections: tuple[Section | None, ...]
    command: str = ""
    details: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()
    cited: tuple[Publication, ...] = ()

    def sources(self) -> tuple[Publication, ...]:
        """Every paper that the page rests on, once."""
        papers = [basis.paper for basis in self._bases() if basis.paper is not None]
        return tuple(dict.fromkeys([*papers, *self.cited]))

    def _bases(self) -> Iterator[Grounds]:
        for card in self.cards:
            yield card.basis
        for section in self.sections:
            if section is not None:
                yield from section.bases

"""The address of a letter shows through both windows of a French DL envelope, and nothing else does.

The sheet is folded in three: a panel of 210 x 99 mm lies in an envelope of 220 x 110 mm and slides by 10 and 11 mm. The
window is 20 mm from the right and lower edges of the envelope, 100 mm wide, 35 or 45 mm high.
"""

from __future__ import annotations

import pytest

from maillon.cli.notice_files import template_text
from maillon.render.notices.evidence import evidence_of
from maillon.render.notices.pages import pdf
from notice_case import MADE, SETTINGS, case
from notice_pages import document, places

SLIDE_X, SLIDE_Y = 220 - 210, 110 - 99
LEFT, RIGHT, BOTTOM = 220 - 20 - 100, 220 - 20, 110 - 20
LONG = {
    "recipient_line_1": "MADAME MARIE-ANTOINETTE DE LA TOUR\nAPPARTEMENT 12 ESCALIER B",
    "recipient_line_2": "RÉSIDENCE DES ÉRABLES BÂTIMENT C\n123 BIS AVENUE DU GÉNÉRAL-DE-GAULLE",
    "recipient_line_3": "LIEU-DIT LES TROIS FONTAINES\n69003 LYON CEDEX 03",
}


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("name", ["patients", "owner"])
@pytest.mark.parametrize("recipient", [{}, LONG], ids=["gaps", "six lines"])
def test_only_the_address_shows_wherever_the_sheet_has_slid(name, lang, recipient):
    long = {"operator": "Groupement régional d’appui au développement de l’e-santé d’une région au nom très long"}
    found = document(name, lang, evidence_of(case(), {**SETTINGS, **recipient, **long}, lang))
    pieces = places(pdf(found, template_text("notice.typ", None)[0], MADE))
    lines = (
        ["[à compléter" if lang == "fr" else "[to fill in"] if not recipient else "\n".join(LONG.values()).split("\n")
    )
    address = [one for one in pieces if 54 < one[1] < 80 and one[0] > 100]
    assert len(address) == (len(lines) if recipient else 3)
    for x, y, size, text in address:
        width = len(text) * size * 0.62  # capitals of the text's font are at most so wide
        assert x >= LEFT, "never hidden by the left edge"
        assert x + width <= RIGHT - SLIDE_X, text
        assert y - size * 0.75 >= BOTTOM - 35, "the lower window too"
        assert y + size * 0.25 <= BOTTOM - SLIDE_Y
    hidden = [one for one in pieces if one not in address]
    for x, y, size, text in hidden:
        widest = x + len(text) * size * 0.45
        through = widest > LEFT - SLIDE_X and x < RIGHT and y > BOTTOM - 45 - SLIDE_Y and y - size * 0.75 < BOTTOM
        assert not through, f"{text!r} would show through the window"

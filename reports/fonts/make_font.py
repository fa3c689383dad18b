"""Makes the font file of the charts: a subset of Inter 4.1 (npm package inter-ui 4.1.1).

Charts are drawn without the fonts of the machine: a machine may have none, and the same result
must give the same picture everywhere. Needs: pip install fonttools brotli.

    npm pack inter-ui@4.1.1 && tar xzf inter-ui-4.1.1.tgz
    python make_font.py package/web
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin with accents, Greek, punctuation, super- and subscripts, euro, arrows, minus and relations.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x2010, 0x2027), (0x2030, 0x203A),
    (0x2070, 0x2094), (0x20AC, 0x20AC), (0x2190, 0x2194), (0x2206, 0x2206), (0x2212, 0x2212),
    (0x2248, 0x2248), (0x2260, 0x2265),
]


def main() -> None:
    source = pathlib.Path(sys.argv[1])
    font = TTFont(source / "Inter-Regular.woff2", recalcTimestamp=False)
    options = subset.Options(hinting=False, layout_features=["kern", "mark", "ccmp"])
    tool = subset.Subsetter(options)
    tool.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)])
    tool.subset(font)
    font.flavor = None
    font.save(pathlib.Path(__file__).parent / "Inter-Regular.subset.ttf")


main()

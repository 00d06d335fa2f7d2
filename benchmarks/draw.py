#!/usr/bin/env python3
"""Draws the JSON of bench_performance as bars: for each case, everyone's time over the best hand-written loop's. `draw.py in.json out.svg`"""
import json
import math
import sys
from html import escape

COLOURS = {
    "Tendril `jit`": "#1f6feb",
    "Tendril `eigen`": "#79b8ff",
    "Eigen, naive": "#f0883e",
    "xtensor, naive": "#d2a8ff",
    "libtorch": "#e5534b",
}
LEFT, WIDTH, BAR, GAP, TOP, LARGEST = 250, 560, 9, 10, 64, 100.0


def ratios(case):
    """The best ratio of each column, in the order of the legend."""
    best = {}
    for m in case["measurements"]:
        column = m["column"]
        if column in COLOURS and m["ratio"] < best.get(column, math.inf):
            best[column] = m["ratio"]
    return [(column, best[column]) for column in COLOURS if column in best]


def position(ratio):
    """Logarithmic, from 0.5 to LARGEST; what is beyond ends at the edge."""
    return WIDTH * math.log(min(max(ratio, 0.5), LARGEST) / 0.5) / math.log(LARGEST / 0.5)


def draw(report):
    shapes, y = [], TOP
    for case in report["cases"]:
        bars = ratios(case)
        middle = y + len(bars) * BAR / 2 + 4
        shapes.append(f'<text x="{LEFT - 8}" y="{middle:.1f}" text-anchor="end">{escape(case["name"])}</text>')
        for column, ratio in bars:
            shapes.append(f'<rect x="{LEFT}" y="{y}" width="{position(ratio):.1f}" height="{BAR - 1}" fill="{COLOURS[column]}"/>')
            shapes.append(f'<text x="{LEFT + position(ratio) + 4:.1f}" y="{y + BAR - 1.5}" class="small">{ratio:.{0 if ratio >= 10 else 2}f}</text>')
            y += BAR
        y += GAP
    lines = []
    for tick in (0.5, 1, 2, 5, 10, 20, 50, 100):
        x = LEFT + position(tick)
        lines.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{y}" stroke="{"#444" if tick == 1 else "#ddd"}"/>')
        lines.append(f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle" class="small">{tick:g}</text>')
    legend, x = [], 10
    for column, colour in COLOURS.items():
        legend.append(f'<rect x="{x}" y="22" width="10" height="10" fill="{colour}"/><text x="{x + 14}" y="31">{column.replace("`", "")}</text>')
        x += 30 + 7 * len(column)
    title = f'<text x="10" y="14">time over that of the best hand-written loop; {escape(report["machine"])}</text>'
    style = "<style>text{font:11px sans-serif;fill:#222}.small{font-size:8px}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 50}" height="{y + 10}">'
    return "\n".join([head, style, '<rect width="100%" height="100%" fill="white"/>', title, *legend, *lines, *shapes, "</svg>"]) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: draw.py in.json out.svg")
    with open(sys.argv[1], encoding="utf-8") as file:
        svg = draw(json.load(file))
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(svg)

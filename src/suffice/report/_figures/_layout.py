"""One look for every picture on a page."""

CLEAR = "rgba(0, 0, 0, 0)"
LAYOUT = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "size": 14},
    "margin": {"l": 70, "r": 20, "t": 50, "b": 60},
    "height": 420,
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    "hovermode": "x unified",
    "hoverlabel": {"align": "left"},
    "paper_bgcolor": CLEAR,
    "plot_bgcolor": CLEAR,
}
"""The layout of every figure, which each figure changes where it needs to."""

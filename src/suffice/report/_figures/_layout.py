"""One look for every picture on a page."""

BLUE, RED, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#767676"
LAYOUT = {
    "template": "plotly_white",
    "font": {"family": "system-ui, sans-serif", "size": 14},
    "margin": {"l": 70, "r": 20, "t": 50, "b": 60},
    "height": 420,
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    "hovermode": "x unified",
}

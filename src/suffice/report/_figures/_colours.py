"""The colours of every figure: those of Okabe and Ito, told apart by everyone."""

BLUE, RED, GREEN = "#0072b2", "#d55e00", "#009e73"
PINK, SKY, AMBER, GREY = "#cc79a7", "#56b4e9", "#e69f00", "#767676"
CYCLE = (BLUE, RED, GREEN, PINK, SKY, AMBER, GREY)
INK, LIGHT, EMPTY = "#5b6470", "#c3c9d1", "#e6e9ed"  # words, thin lines, no data

"""The law that an audit found, by itself: to predict with, to save, to test."""

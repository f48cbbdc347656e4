"""The precision in which a model computes, and the errors of its tangent matrix."""

"""Audits: how many measurements of a table suffice, and which to take next.

An audit fits networks of growing width to a table and takes the smallest one that
predicts as well as any other as the target. The theory of local linear recovery then
gives the least number of samples, and says whether the measured samples determine the
target, how strongly they amplify noise, and which samples to measure next.

The names come when they are asked for: what only reads files must not pay for JAX.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""A small study, and how it is stopped."""

from toy import Toy

STUDY = Toy(grid={"samples.size": (2, 3), "scale": (0.5, 2.0)}, seeds=5)


class Stop(Exception):
    """Ends a sweep in the middle."""


def stop_after(cells):
    def progress(done, total, stage):
        if done >= cells:
            raise Stop

    return progress

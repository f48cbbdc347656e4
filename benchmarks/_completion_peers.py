"""Completion by the tools that install, each as its documentation shows."""

import subprocess
import tempfile
import warnings

import cvxpy
import jax
import numpy as np
import pymanopt
from pymanopt.manifolds import FixedRankEmbedded
from pymanopt.optimizers import ConjugateGradient
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer

from suffice.completion import complete


def ours(matrix, rank, seed):
    found = complete(matrix, rank=rank, key=jax.random.key(seed))
    open_ = int(np.isnan(found.values).sum())
    return found.values, f"leaves {open_} open" if open_ else ""


def mean(matrix, rank, seed):
    return SimpleImputer(keep_empty_features=True).fit_transform(matrix), ""


def neighbours(matrix, rank, seed):
    return KNNImputer(keep_empty_features=True).fit_transform(matrix), ""


def iterative(matrix, rank, seed):
    imputer = IterativeImputer(
        random_state=seed, sample_posterior=False, keep_empty_features=True
    )
    return imputer.fit_transform(matrix), ""


def manifold(matrix, rank, seed):
    seen = ~np.isnan(matrix)
    target = np.where(seen, matrix, 0.0)
    space = FixedRankEmbedded(*matrix.shape, rank)

    def residual(u, s, vt):
        return np.where(seen, (u * s) @ vt - target, 0.0)

    @pymanopt.function.numpy(space)
    def cost(u, s, vt):
        return 0.5 * np.sum(residual(u, s, vt) ** 2)

    @pymanopt.function.numpy(space)
    def gradient(u, s, vt):
        r = residual(u, s, vt)
        rv = r @ vt.T
        return rv * s, np.sum(u * rv, axis=0), s[:, None] * (u.T @ r)

    problem = pymanopt.Problem(space, cost, euclidean_gradient=gradient)
    np.random.seed(seed)  # noqa: NPY002  (its only way to be repeatable)
    many = 1000 if matrix.size < 1e5 else 100
    optimizer = ConjugateGradient(verbosity=0, max_iterations=many)
    u, s, vt = optimizer.run(problem).point
    return (u * s) @ vt, ""


def nuclear(matrix, rank, seed):
    seen = ~np.isnan(matrix)
    x = cvxpy.Variable(matrix.shape)
    rows, columns = np.nonzero(seen)
    problem = cvxpy.Problem(
        cvxpy.Minimize(cvxpy.normNuc(x)), [x[rows, columns] == matrix[rows, columns]]
    )
    problem.solve(solver=cvxpy.CLARABEL)
    return x.value, ""


TOOLS = {
    "suffice": ours,
    "scikit-learn mean": mean,
    "scikit-learn KNN": neighbours,
    "scikit-learn iterative": iterative,
    "Pymanopt fixed rank": manifold,
    "cvxpy nuclear norm": nuclear,
}
LARGE = ("suffice", "scikit-learn mean", "Pymanopt fixed rank")  # end within minutes


FANCY = ("SoftImpute", "IterativeSVD", "MatrixFactorization")
ELSEWHERE = """
import sys, time, warnings, numpy as np
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import fancyimpute
name, rank, seed, path = sys.argv[1:]
options = {"IterativeSVD": {"rank": int(rank), "verbose": False},
           "SoftImpute": {"verbose": False},
           "MatrixFactorization": {"rank": int(rank), "verbose": False}}[name]
np.random.seed(int(seed))
start = time.process_time()
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    values = getattr(fancyimpute, name)(**options).fit_transform(np.load(path))
seconds = time.process_time() - start
said = sorted({w.category.__name__ for w in heard})
np.savez(path + ".npz", values=values, seconds=seconds, said=", ".join(said))
"""


def elsewhere(python, name):
    """fancyimpute 0.7.0 needs scikit-learn < 1.8 and so a Python of its own."""

    def tool(matrix, rank, seed):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/x.npy"
            np.save(path, matrix)
            words = [python, "-c", ELSEWHERE, name, str(rank), str(seed), path]
            subprocess.run(words, check=True, capture_output=True)
            with np.load(path + ".npz") as back:
                return back["values"], str(back["said"]), float(back["seconds"])

    return tool


def called(tool, matrix, rank, seed):
    """What the tool returns, its remark or its warnings, and its own time if it says.

    Tools of this process are timed by the caller.
    """
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        values, said, *seconds = tool(matrix, rank, seed)
    kinds = sorted({warning.category.__name__ for warning in heard})
    return values, said or ", ".join(kinds), seconds[0] if seconds else None

"""Bad arguments of public functions: one sentence that names the argument."""

# pyright: reportArgumentType=false, reportCallIssue=false

import jax
import numpy as np
import pytest

import suffice as sf

NAN, HUGE = float("nan"), 10**12
KEY = jax.random.key(0)
NET = sf.TwoLayer.normal(2, 2, key=KEY)
MANY = sf.ensemble(NET, 2, key=KEY)
X = np.random.default_rng(0).standard_normal((6, 2))
Y = X[:, 0]
NAN_X = np.where(X > 1e9, X, NAN)
TABLE = np.outer([1.0, 2.0, 3.0], [1.0, 1.0, 2.0])
HOLED = np.where(np.eye(3), NAN, TABLE)
MASK = np.ones((3, 3), bool)
BAD_X = {
    "another shape": X[:, :1],
    "NaN": NAN_X,
    "empty": X[:0],
    "complex": X + 1j,
    "words": np.array([["a", "b"]]),
}
BAD_Y = {
    "another length": Y[:-1],
    "NaN": Y * NAN,
    "complex": Y + 1j,
    "words": np.array(list("abcdef")),
}
X_OF = {
    "guarantee": lambda x: sf.guarantee(NET, x),
    "plan": lambda x: sf.plan(NET, pool=x),
    "jacobian": lambda x: sf.jacobian(NET, x),
    "sketched_rank": lambda x: sf.sketched_rank(NET, x),
    "prefix_ranks": lambda x: sf.prefix_ranks(NET, x),
    "classify": lambda x: sf.classify(NET, x, Y),
    "inertia": lambda x: sf.inertia(NET, x, Y),
    "embed": lambda x: sf.embed(NET, x, Y, width=3),
    "critical_points": lambda x: sf.critical_points(x, Y, width=1, key=KEY),
    "train": lambda x: sf.train(MANY, x, Y),
    "fit": lambda x: sf.fit(MANY, x, Y),
    "imbalance": lambda x: sf.imbalance(NET, x, Y),
    "effective_reduction": lambda x: sf.effective_reduction(NET, x, key=KEY),
    "Points": lambda x: sf.tangent_rank(NET, domain=sf.Points(x)),
}
Y_OF = {
    "classify": lambda y: sf.classify(NET, X, y),
    "inertia": lambda y: sf.inertia(NET, X, y),
    "embed": lambda y: sf.embed(NET, X, y, width=3),
    "critical_points": lambda y: sf.critical_points(X, y, width=1, key=KEY),
    "train": lambda y: sf.train(MANY, X, y),
    "fit": lambda y: sf.fit(MANY, X, y),
    "imbalance": lambda y: sf.imbalance(NET, X, y),
}
MEANT = {  # these have an answer
    ("jacobian", "NaN"),
    ("jacobian", "empty"),
    ("critical_points", "another shape"),
}
CALLS = {
    **{f"{f}: x {kind}": (lambda f=f, x=x: X_OF[f](x)) for f in X_OF
       for kind, x in BAD_X.items() if (f, kind) not in MEANT},
    **{f"{f}: y {kind}": (lambda f=f, y=y: Y_OF[f](y)) for f in Y_OF
       for kind, y in BAD_Y.items()},
}  # fmt: skip
NAMED = [
    (lambda: sf.complete(TABLE, rank=-1), "rank"),
    (lambda: sf.complete(TABLE, rank=9), "rank"),
    (lambda: sf.complete(TABLE, rank="all"), "rank"),
    (lambda: sf.complete(TABLE, MASK[:2], rank=1), "mask"),
    (lambda: sf.complete(TABLE[0], rank=1), "entries"),
    (lambda: sf.complete(TABLE * NAN, rank=1), "entry"),
    (lambda: sf.complete(TABLE + 1j, rank=1), "complex"),
    (lambda: sf.complete(TABLE, rank=1, method="fast"), "method"),
    (lambda: sf.complete(TABLE, rank=1, ridge=-1.0), "ridge"),
    (lambda: sf.complete(TABLE, rank=1, ridge=NAN), "ridge"),
    (lambda: sf.complete(HOLED, rank=1, starts=0), "starts"),
    (lambda: sf.complete(TABLE, rank=1, fill="some"), "fill"),
    (lambda: sf.complete(TABLE, max_rank=0), "max_rank"),
    (lambda: sf.mask_report(MASK[0]), "mask"),
    (lambda: sf.mask_report(MASK, 0), "rank"),
    (lambda: sf.mask_report(TABLE), "mask"),
    (lambda: sf.next_entries(MASK, 0), "rank"),
    (lambda: sf.next_entries(MASK, 1, count=-1), "count"),
    (lambda: sf.next_entries(MASK, 1, cost=TABLE * NAN), "cost"),
    (lambda: sf.branches(0, 3), "width"),
    (lambda: sf.branches(3, 2), "width"),
    (lambda: sf.branches(1, HUGE), "width"),
    (lambda: sf.branches(1, 2, loss="some"), "loss"),
    (lambda: sf.branches(1, 2, inputs=0), "inputs"),
    (lambda: sf.branches(1, 2, components=-1), "components"),
    (lambda: sf.branches(1, 2, activation="tahn"), "activation"),
    (lambda: sf.TwoLayer.normal(-1, 2, key=KEY), "width"),
    (lambda: sf.TwoLayer.normal(2, -2, key=KEY), "inputs"),
    (lambda: sf.TwoLayer.normal(2, 2, activation="tahn", key=KEY), "activation"),
    (lambda: sf.DeepNetwork.normal((3,), key=KEY), "widths"),
    (lambda: sf.RealSpace(-1), "shape|dim"),
    (lambda: sf.Sphere(0), "dim"),
    (lambda: sf.Points(np.zeros((0, 2))), "x"),
    (lambda: sf.ensemble(NET, 0, key=KEY), "runs"),
    (lambda: sf.ensemble(NET, -3, key=KEY), "runs"),
    (lambda: sf.ensemble(NET, 2, scale=NAN, key=KEY), "scale"),
    (lambda: sf.reduce(NET, tolerance=-1.0), "tolerance"),
    (lambda: sf.reduce(NET, tolerance=NAN), "tolerance"),
    (lambda: sf.equal_functions(NET, NET, tolerance=NAN), "tolerance"),
    (lambda: sf.plan(NET, pool=X, size=0), "size"),
    (lambda: sf.plan(NET, pool=X, size=HUGE), "size"),
    (lambda: sf.plan(NET, pool=X, taken=X[:, :1]), "taken|inputs"),
    (lambda: sf.guarantee(NET, X, pool=X[:, :1]), "pool"),
    (lambda: sf.optimistic_sample_size(NET, width=1), "width"),
    (lambda: sf.optimistic_sample_size("TwoLayer"), "target"),
    (lambda: sf.tangent_rank(lambda x: x), "no parameters"),
    (lambda: sf.tangent_rank(jax.tree_util.Partial(np.dot, X[0])), "domain"),
    (lambda: sf.jacobian("model", X), "model"),
    (lambda: sf.sketched_rank(NET, X, columns=0), "columns"),
    (lambda: sf.sketched_rank(NET, X, columns=-2), "columns"),
    (lambda: sf.fit(MANY, X, Y, max_steps=-1), "max_steps"),
    (lambda: sf.fit(MANY, X, Y, ridge=-1.0), "ridge"),
    (lambda: sf.fit(MANY, X, Y, tolerance=NAN), "tolerance"),
    (lambda: sf.fit(MANY, X, Y, weights=-np.ones(6)), "weights"),
    (lambda: sf.train(MANY, X, Y, recover=NAN), "recover"),
    (lambda: sf.train(MANY, X, Y, at=[NAN]), "at"),
    (lambda: sf.embed(NET, X, Y, width=1), "width"),
    (lambda: sf.embed(NET, X, Y, width=3, kind="cutting"), "kind"),
    (lambda: sf.critical_points(X, Y, width=0, key=KEY), "width"),
    (lambda: sf.critical_points(X, Y, width=1, starts=0, key=KEY), "starts"),
    (lambda: sf.classify(NET, X, Y, tolerance=NAN), "tolerance"),
    (lambda: sf.inertia(NET, X, Y, tolerance=-1.0), "tolerance"),
    (lambda: sf.effective_reduction(NET, X, restarts=0, key=KEY), "restarts"),
    (lambda: sf.effective_reduction(NET, X, max_width=-1, key=KEY), "max_width"),
    (lambda: sf.load_model("none.npz"), "none.npz"),
    (lambda: sf.open_store("none.store"), "none.store"),
    (lambda: sf.reproduce("nothing", "folder"), "nothing"),
    (lambda: sf.audit("none.csv", target="y"), "none.csv"),
]


def refused(call):
    """The sentence of an error that says what was wrong."""
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        call()
    said = str(caught.value)
    assert said
    assert "\n" not in said.strip()
    assert len(said) < 700
    return said


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("name", CALLS)
def test_bad_data_are_refused_in_one_sentence(name):
    refused(CALLS[name])


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("place", range(len(NAMED)))
def test_a_bad_argument_is_named(place):
    call, name = NAMED[place]
    said = refused(call)
    assert any(word in said for word in name.split("|")), said

"""One door for arrays: an entry under a mask or missing in pandas is never a number."""

import jax
import numpy as np
import pandas as pd
import pytest

import suffice as sf
from suffice._core import given
from suffice.completion import mask_report
from suffice.spectra._bases._arrays import as_pair
from suffice.training import ensemble, fit


def test_what_is_masked_becomes_nan():
    rng = np.random.default_rng(0)
    for dtype in (float, int, np.float32):
        values = rng.integers(-9, 9, (5, 4)).astype(dtype)
        mask = rng.random((5, 4)) < 0.3
        found = given(np.ma.array(values, mask=mask))
        np.testing.assert_array_equal(found, np.where(mask, np.nan, values))
    whole = np.ma.array([1, 2])
    assert given(whole).dtype == whole.dtype
    assert type(given(whole)) is np.ndarray


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("Int64", float), ("Float64", float), ("UInt8", float), ("boolean", float)],
)
def test_nullable_columns_of_pandas_are_numbers(dtype, expected):
    column = pd.Series([1, None, 0], dtype=dtype)
    np.testing.assert_array_equal(given(column), [1, np.nan, 0])
    assert given(column).dtype == expected
    table = pd.DataFrame({"a": column, "b": [0.5, 1.5, 2.5]})
    np.testing.assert_array_equal(given(table)[:, 0], [1, np.nan, 0])
    assert given(table).shape == (3, 2)


def test_a_nullable_column_of_booleans_stays_one():
    assert given(pd.Series([True, False], dtype="boolean")).dtype == bool
    assert given(pd.DataFrame({"a": [True, False]})).dtype == bool


def test_other_values_are_left_to_numpy():
    assert given(pd.Series(["a", "b"])).tolist() == ["a", "b"]
    assert given([[1, 2], [3, 4]], float).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert given(jax.numpy.ones(2)).tolist() == [1.0, 1.0]


def test_a_masked_entry_is_completed_and_not_read():
    truth = np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0])
    mask = np.zeros((3, 3), bool)
    mask[1, 1] = mask[2, 2] = True
    hidden = np.ma.array(np.where(mask, 1e6, truth), mask=mask)
    found = sf.complete(hidden, rank=1)
    assert found.observed.sum() == 7
    np.testing.assert_allclose(found.values, truth, rtol=1e-8)
    table = pd.DataFrame(np.where(mask, np.nan, truth)).astype("Float64")
    np.testing.assert_allclose(sf.complete(table, rank=1).values, truth, rtol=1e-8)


def test_masked_inputs_are_refused_where_none_may_be_missing():
    target = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
    x = np.ma.array(np.ones((3, 2)), mask=False)
    x[0, 1] = np.ma.masked
    with pytest.raises(ValueError, match="x has 1 entries that are not finite"):
        sf.guarantee(target, x)
    with pytest.raises(ValueError, match="pool has 1 entries"):
        sf.plan(target, pool=x)
    models = ensemble(target, 2, key=jax.random.key(1))
    with pytest.raises(ValueError, match="y has 1 values that are not finite"):
        fit(models, np.ones((3, 2)), np.ma.array(np.ones(3), mask=[0, 1, 0]))
    with pytest.raises(ValueError, match="expected booleans"):
        mask_report(np.ma.array(np.eye(2, dtype=bool), mask=np.eye(2)), 1)


def test_inputs_from_nullable_columns_are_taken():
    rng = np.random.default_rng(0)
    target = sf.TwoLayer.normal(width=1, inputs=2, key=jax.random.key(0))
    x = rng.standard_normal((5, 2))
    table = pd.DataFrame(x).astype("Float64")
    assert sf.guarantee(target, table).kappa == sf.guarantee(target, x).kappa


def test_a_masked_value_of_a_spectrum_is_refused():
    x = np.linspace(0, 1, 8, endpoint=False)
    y = np.ma.array(np.sin(x), mask=x == 0.5)
    with pytest.raises(ValueError, match="1 entries that are not finite"):
        as_pair(x, y)

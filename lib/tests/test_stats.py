"""Intervals and tests over articles: hand values, published values, what may not change them, what they cannot do."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet import stats

WORDS = np.array([900, 400, 600, 800, 500, 1000, 700, 300])
MATCHES = np.array([3, 0, 2, 5, 1, 4, 6, 1])


def test_the_value_is_the_ratio_of_the_sums_and_lies_inside_its_interval():
    made = stats.ratio_interval(MATCHES, WORDS, lowest=0)
    assert made.value[0] == 22 / 5200
    assert 0 <= made.low[0] < made.value[0] < made.high[0]
    assert made.label.tolist() == ["bootstrap-t"]


def test_the_linearised_standard_error_is_what_it_is_by_hand():
    # R = 6/30 = 0.2; residuals 1 − 0.2·10, 2 − 2, 3 − 2 = −1, 0, 1; n/(n − 1) · 2/30² = 3/2 · 2/900
    value, error, _ = stats._ratio(6.0, 30.0, 14.0, 60.0, 300.0, 3)
    assert value == 0.2 and math.isclose(error, math.sqrt(3 / 900))


def test_a_mean_of_equal_denominators_has_the_textbook_standard_error():
    x = np.array([0.1, -0.4, 0.3, 0.2, -0.9])
    error = stats._ratio(x.sum(), 5.0, (x * x).sum(), x.sum(), 5.0, 5)[1]
    assert math.isclose(error, x.std(ddof=1) / math.sqrt(5))


def test_the_same_seed_gives_the_same_interval_and_another_nearly_the_same():
    first, again, other = (stats.ratio_interval(MATCHES, WORDS, seed=seed) for seed in (0, 0, 1))
    assert first.low[0] == again.low[0] and first.high[0] == again.high[0]
    assert first.low[0] != other.low[0] and math.isclose(first.low[0], other.low[0], rel_tol=0.2)


def test_a_measure_does_not_depend_on_those_beside_it():
    num = np.column_stack([MATCHES, MATCHES[::-1], WORDS])
    together = stats.ratio_interval(num, WORDS[:, None])
    alone = [stats.ratio_interval(column, WORDS) for column in num.T]
    np.testing.assert_allclose(together.low, [made.low[0] for made in alone])
    np.testing.assert_allclose(together.high, [made.high[0] for made in alone])


def test_chunks_do_not_change_the_result(monkeypatch):
    whole = stats.ratio_interval(MATCHES, WORDS), stats.permutation_test(MATCHES, WORDS, WORDS > 650)
    monkeypatch.setattr(stats, "_CHUNK", 50)
    np.testing.assert_allclose(stats.ratio_interval(MATCHES, WORDS).low, whole[0].low)
    np.testing.assert_allclose(stats.permutation_test(MATCHES, WORDS, WORDS > 650), whole[1])


@pytest.mark.parametrize(
    ("num", "den", "value", "label"),
    [
        ([2], [10], 0.2, "none: one article"),
        ([1, 2], [10, 10], 0.15, "none: fewer than 4 articles"),
        ([1, 2, 4], [10, 10, 10], 7 / 30, "none: fewer than 4 articles"),
        ([1, 2, 4, 0, 0], [10, 10, 10, 0, 0], 7 / 30, "none: fewer than 4 articles"),  # two bring nothing
        ([1, 1, 1, 1], [10, 10, 10, 10], 0.1, "none: all articles equal"),
        ([1, 2, 3, 4, 5], [10, 20, 30, 40, 50], 0.1, "none: all articles equal"),
        ([0, 0, 0, 0, 0], [10, 20, 30, 40, 50], 0, "none: all articles equal"),
        ([0, 0, 0, 0], [0, 0, 0, 0], math.nan, "undefined: 0 of 0"),
        ([], [], math.nan, "undefined: 0 of 0"),
    ],
)
def test_where_there_is_no_interval_the_label_says_why(num, den, value, label):
    made = stats.ratio_interval(num, den)
    assert made.value[0] == pytest.approx(value, nan_ok=True) and made.label.tolist() == [label]
    assert math.isnan(made.low[0]) and math.isnan(made.high[0])


def test_a_term_that_one_article_carries_has_no_upper_limit_but_that_of_its_kind():
    rate = stats.ratio_interval([7, 0, 0, 0, 0, 0], [500] * 6, lowest=0)
    assert rate.high[0] == np.inf and rate.label[0] == "bootstrap-t; no upper limit: too few articles differ"
    share = stats.ratio_interval([7, 0, 0, 0, 0, 0], [9] * 6, lowest=0, highest=1)
    assert share.high[0] == 1 and "no upper limit" in share.label[0]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_a_share_stays_inside_0_and_1_and_its_interval_round_it(pairs):
    a, b = np.array(pairs, dtype=float).T
    made = stats.ratio_interval(a, a + b, draws=200, lowest=0, highest=1)
    if not math.isnan(made.value[0]):
        assert 0 <= made.value[0] <= 1
    if not math.isnan(made.low[0]):
        assert 0 <= made.low[0] <= made.value[0] + 1e-12 and made.value[0] - 1e-12 <= made.high[0] <= 1
    assert made.label[0].startswith(("bootstrap-t", "none: ", "undefined: "))


def test_a_log_ratio_turns_its_sign_with_its_sides():
    a, b = [4, 6, 2, 8, 5, 3, 7, 1], [2, 2, 1, 3, 4, 1, 5, 2]
    one, other = stats.log_ratio_interval(a, b), stats.log_ratio_interval(b, a)
    assert one.value[0] == pytest.approx(math.log2(36 / 20)) and one.value[0] == pytest.approx(-other.value[0])
    assert one.low[0] == pytest.approx(-other.high[0]) and one.high[0] == pytest.approx(-other.low[0])


def test_a_total_of_0_becomes_a_half_and_is_marked():
    made = stats.log_ratio_interval([4, 6, 2, 8], [0, 0, 0, 0])
    assert made.value[0] == math.log2(20 / 0.5) and "0.5" in made.label[0] and math.isnan(made.low[0])
    assert stats.log_ratio_interval([0] * 4, [0] * 4).label[0] == "undefined: 0 of 0"


def test_a_difference_is_the_difference_and_turns_with_its_sides():
    one = stats.difference_interval(MATCHES, WORDS, [9, 8, 7, 9], [500, 600, 400, 700])
    assert one.value[0] == pytest.approx(22 / 5200 - 33 / 2200)
    assert one.low[0] < one.value[0] < one.high[0] < 0
    assert stats.difference_interval(MATCHES, WORDS, [9], [500]).label[0] == "none: one article"


def test_a_paired_difference_of_what_moves_together_is_narrower():
    base = np.array([0.1, 0.9, 0.4, 0.7, 0.2, 0.6, 0.8, 0.3])
    shifted = base - 0.1 + np.array([0.01, -0.02, 0.03, 0, -0.01, 0.02, -0.03, 0.01])
    ones = np.ones(8)
    paired = stats.difference_interval(base, ones, shifted, ones, paired=True)
    apart = stats.difference_interval(base, ones, shifted, ones)
    direct = stats.ratio_interval(base - shifted, ones)
    assert paired.high[0] - paired.low[0] < 0.2 * (apart.high[0] - apart.low[0])
    assert (paired.low[0], paired.high[0]) == pytest.approx((direct.low[0], direct.high[0]))


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904)],  # Garwood 1936, 95 %
)
def test_the_exact_poisson_interval_has_its_published_values(count, low, high):
    assert stats.poisson_interval(count, 1000) == pytest.approx((low, high), abs=1e-4)
    assert np.isnan(stats.poisson_interval(count, 0)).all()  # a rate of no words is none


def test_too_few_draws_make_no_interval():
    num, den = np.array([[1.0], [4], [2], [7], [3], [2]]), np.ones((6, 1))
    none, some = (stats.ratio_interval(num, den, draws=draws) for draws in (39, 40))
    assert np.isnan([none.low, none.high]).all() and none.label.tolist() == ["none: fewer than 40 draws"]
    assert np.isfinite([some.low, some.high]).all()


def test_the_jeffreys_interval_closes_at_the_ends_and_mirrors():
    assert stats.jeffreys_interval(0, 10)[0] == 0 and stats.jeffreys_interval(10, 10)[1] == 1
    low, high = stats.jeffreys_interval(3, 10)
    other_low, other_high = stats.jeffreys_interval(7, 10)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low))
    assert all(math.isnan(bound) for bound in stats.jeffreys_interval(0, 0))


def test_a_permutation_p_is_what_counting_all_permutations_gives():
    # 3 against 3 articles, fully apart: 2 of the 20 ways to choose 3 of 6 are as extreme
    p = stats.permutation_test([9, 8, 7, 1, 2, 3], [10] * 6, [True] * 3 + [False] * 3, draws=20000)
    assert p[0] == pytest.approx(2 / 20, abs=0.01)


def test_permutation_is_two_sided_blind_to_names_and_never_0():
    mask = np.array([True] * 10 + [False] * 10)
    num = np.r_[np.full(10, 9), np.zeros(10)] + np.arange(20) % 3
    one, other = (stats.permutation_test(num, np.full(20, 100), side, draws=500)[0] for side in (mask, ~mask))
    assert 1 / 501 <= one <= 3 / 501 and 1 / 501 <= other <= 3 / 501
    assert stats.permutation_test([5] * 6, [10] * 6, [True, False] * 3)[0] == 1


def test_several_groups_at_once_get_what_each_gets_alone():
    num, den = np.array([[9, 8, 7, 1, 2, 3], [1, 0, 2, 0, 1, 2]]).T, np.full((6, 2), 10)
    masks = np.array([[True, True, False, False, False, False], [False, False, False, True, True, True]])
    alone = [stats.permutation_test(num, den, mask, draws=200) for mask in masks]
    np.testing.assert_array_equal(stats.permutation_test(num, den, masks, draws=200), alone)


def test_a_group_of_one_article_has_no_p():
    assert np.isnan(stats.permutation_test([1, 2, 3], [10, 10, 10], [True, False, False])[0])
    assert np.isnan(stats.permutation_test([1, 2, 3, 0], [9, 9, 9, 0], [True, False, False, True])[0])


def test_benjamini_hochberg_by_hand_and_without_p_values():
    assert stats.benjamini_hochberg([0.01, 0.02, 0.03, 0.5]).tolist() == pytest.approx([0.04, 0.04, 0.04, 0.5])
    assert np.isnan(stats.benjamini_hochberg([np.nan, np.nan])).all() and len(stats.benjamini_hochberg([])) == 0


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    # 400 corpora of 10 articles; lib/benchmarks/coverage.py measures this with more
    rng = np.random.default_rng(3)
    words = np.round(np.exp(rng.normal(np.log(600), 0.6, (10, 400))))
    num = rng.poisson(rng.gamma(1.5, 5 / 1.5, (10, 400)) * words / 1000)
    made = stats.ratio_interval(num, words, draws=500, lowest=0)
    assert 0.88 < ((made.low <= 0.005) & (made.high >= 0.005)).mean() < 0.99


@pytest.mark.parametrize(("articles", "text"), [
    (3, ""), (4, "with 4 articles"), (7, "with 6 articles"), (19, "with 15 articles"), (900, "with 30 articles"),
])  # fmt: skip
def test_simulated_coverage_is_that_of_the_nearest_smaller_size(articles, text):
    assert text in stats.simulated_coverage(articles) and bool(stats.simulated_coverage(articles)) == bool(text)

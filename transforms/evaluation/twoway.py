"""Least squares with unit and period effects taken out, and clustered errors as R's `fixest` counts them.

In: a panel and regressors as a stack of units x periods. Out: coefficients and errors. Effects nested in the clusters
are not counted in the small-sample factor.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transforms.evaluation.panel import Panel

Floats = NDArray[np.float64]
ROUNDS = 1000
TOLERANCE = 1e-11


def regress(panel: Panel, regressors: Floats) -> tuple[Floats, Floats]:
    """Coefficients of the regressors (covariates join them) and their errors; nan where one adds nothing."""
    weight = np.ones_like(panel.y) if panel.weights is None else panel.weights
    x = np.concatenate([regressors, *(c[None] for c in panel.covariates.values())])
    stack = demean(np.concatenate([panel.y[None], x]), weight)
    y, x = stack[0].ravel(), stack[1:].reshape(len(x), -1).T
    kept = _kept(x * np.sqrt(weight.ravel())[:, None])
    slopes, covariance = _solve(y, x[:, kept], weight.ravel(), panel)
    beta, error = np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    beta[kept], error[kept] = slopes, np.sqrt(np.diag(covariance))
    return beta[: len(regressors)], error[: len(regressors)]


def null_scores(panel: Panel) -> Floats:
    """Each cluster's contribution to the covariance of treatment and outcome, all else taken out of both.

    Under no effect they add up to nothing but chance: the score bootstrap of Kline and Santos (2012) signs them anew.
    """
    weight = np.ones_like(panel.y) if panel.weights is None else panel.weights
    treated = panel.treated.astype(float)[None]
    stack = demean(np.concatenate([panel.y[None], treated, *(c[None] for c in panel.covariates.values())]), weight)
    root = np.sqrt(weight.ravel())[:, None]
    both = stack[:2].reshape(2, -1).T * root
    if panel.covariates:
        covariates = stack[2:].reshape(len(stack) - 2, -1).T * root
        both = both - covariates @ np.linalg.lstsq(covariates, both, rcond=None)[0]
    cluster = np.unique(np.repeat(panel.cluster, panel.n_periods), return_inverse=True)[1]
    return np.bincount(cluster, both[:, 0] * both[:, 1]).astype(float)


def demean(stack: Floats, weight: Floats) -> Floats:
    """Weighted unit and period means taken out, in turns until nothing moves."""
    by_unit, by_period = weight.sum(axis=1, keepdims=True), weight.sum(axis=0, keepdims=True)
    scale = max(float(np.abs(stack).max()), 1e-300)
    for _ in range(ROUNDS):
        before = stack
        stack = stack - (stack * weight).sum(axis=-1, keepdims=True) / np.where(by_unit > 0, by_unit, 1)
        stack = stack - (stack * weight).sum(axis=-2, keepdims=True) / np.where(by_period > 0, by_period, 1)
        if np.abs(stack - before).max() < TOLERANCE * scale:
            break
    return stack


def _solve(y: Floats, x: Floats, weight: Floats, panel: Panel) -> tuple[Floats, Floats]:
    bread = np.linalg.inv((x * weight[:, None]).T @ x)
    beta = bread @ (x * weight[:, None]).T @ y
    scores = x * (weight * (y - x @ beta))[:, None]
    codes = np.unique(np.repeat(panel.cluster, panel.n_periods), return_inverse=True)[1]
    summed = np.zeros((codes.max() + 1, x.shape[1]))
    np.add.at(summed, codes, scores)
    clusters, n, k = len(summed), len(y), x.shape[1] + panel.n_periods
    factor = clusters / (clusters - 1) * (n - 1) / max(n - k, 1)
    return beta, factor * bread @ (summed.T @ summed) @ bread


def _kept(x: Floats) -> NDArray[np.int64]:
    scale = np.linalg.norm(x, axis=0)
    big = scale > 1e-8 * max(float(scale.max()), 1e-300)
    triangle = np.abs(np.diag(np.linalg.qr(x / np.where(big, scale, 1), mode="r")))
    return np.flatnonzero(big & (triangle > 1e-8))

"""Measurements that take minutes, with their figures in docs/benchmarks.md."""

"""What is doubted: rules, and Great Expectations suites built from tables, contracts and rules."""

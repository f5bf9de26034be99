"""What the data mean: canonical tables, contracts with each agency's export, code lists, and the readers of them."""

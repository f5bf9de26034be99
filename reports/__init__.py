"""What people read: sections, charts and the static site, from published tables only."""

"""Speed: how long a large knowledge base takes to build, to search and to change."""

"""A month of a province and of the nation in a database, its size, and how fast the pages answer on it."""

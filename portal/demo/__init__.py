"""Demo data: eight months of a small marketplace, made by running the services over simulated time."""

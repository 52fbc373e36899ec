"""The ground floor: shapes, ops, graphs, and the builder that infers as it adds."""

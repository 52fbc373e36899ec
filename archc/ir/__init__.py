"""The intermediate representation: shapes, ops, graphs, and the builder that infers each shape as it adds a layer."""

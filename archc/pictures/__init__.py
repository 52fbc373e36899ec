"""Pictures of networks: what a picture shows, where it stands, how it looks, SVG and pages."""

"""What a network has and costs in all, composed of remembered parts of it."""

"""What a notebook shows of networks, of two compared, and of facts."""

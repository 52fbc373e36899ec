"""What archc says: for people at a terminal, for programs, for pages."""

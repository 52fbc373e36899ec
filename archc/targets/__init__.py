"""What archc makes of a network: a registry of targets, and a folder for each framework."""

"""What units of a layer respond to: projections back to the image, occlusion maps, and sheets of both."""

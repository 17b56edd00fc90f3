"""Reports: one HTML file each that needs nothing else, neither network nor script."""

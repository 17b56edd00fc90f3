"""twobranch: train an image-text matching model on your own images and sentences, and use it."""

"""The trained model: encode, score, probability, save, load."""

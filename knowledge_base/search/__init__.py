"""Finding the units that a question may mean: words, character n-grams, names, a sentence encoder."""

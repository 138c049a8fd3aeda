"""What is read and never run: cells, folders, and words that somebody else wrote."""

"""What a class sees of a run: told as data, without what is nobody's business, for a page, a file or a follower."""

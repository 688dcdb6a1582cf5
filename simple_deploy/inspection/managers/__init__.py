"""How each dependency manager's files are read: what they declare, what their lock pins, whether the two agree."""

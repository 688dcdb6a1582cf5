"""What a project is made of, and what would stop it from being deployed. Reads only; programs are run by a port."""

"""A store on disk: its files, how they are written, and how they are read."""

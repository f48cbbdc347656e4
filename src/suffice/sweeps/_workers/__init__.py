"""Worker processes, local ones and those of a cluster."""

"""How little data recovers the target?"""

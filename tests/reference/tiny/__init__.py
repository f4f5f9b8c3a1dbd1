"""Parts of checkpoints.py: what a tiny checkpoint is made of."""

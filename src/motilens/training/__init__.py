"""How networks are fitted: one loop, two users."""

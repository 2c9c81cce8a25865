"""How a phase-contrast microscope and its camera see things: from shapes in um to grey levels."""

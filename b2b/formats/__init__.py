"""How the office writes moments and numbers, instead of a locale's own habits."""

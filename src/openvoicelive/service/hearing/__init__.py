"""From sound to turns and words."""

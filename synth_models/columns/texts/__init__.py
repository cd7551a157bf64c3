"""How texts are looked at and made up, for the column type of that name."""

"""Documents on paper: A4 pages as PDF, with the fonts that they need inside."""

"""The Splits portal: sourcing credit, proposals, placements and their fee splits for recruiters and companies."""

"""The event log: all of it for the platform, slices for the parties."""

"""WTForms by domain; to_input() returns the input dataclass of the service."""

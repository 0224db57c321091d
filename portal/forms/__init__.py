"""WTForms by domain; to_input() gives the input dataclass of the service."""

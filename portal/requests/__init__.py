"""What guards and answers a request: sessions, forged and held forms, the frame, errors, headers."""

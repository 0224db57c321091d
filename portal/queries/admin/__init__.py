"""What the platform's admins look after: people, settings, mail, health."""

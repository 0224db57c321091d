"""The pure rules of the portal: no framework, no database, no clock."""

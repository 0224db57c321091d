"""What draws: Jinja filters, the kit's pieces, charts, CSV, static files."""

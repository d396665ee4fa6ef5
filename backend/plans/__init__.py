"""Plan packs as data: schema, loading, and one folder per pack."""

"""Lists that an office brings as a spreadsheet: read within bounds, previewed, put in as a whole."""

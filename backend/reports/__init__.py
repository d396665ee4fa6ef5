"""Progress as text, picture and spreadsheet."""

"""Tables that come from outside: .xlsx, .xls and .csv as rows of cells, within bounds."""

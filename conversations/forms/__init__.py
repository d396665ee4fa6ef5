"""Forms: XForm XML in, a compiled Form and its evaluation out. Publishing lives in `publish`."""

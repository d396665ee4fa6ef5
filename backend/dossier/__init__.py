"""The evidence dossier of a village or a commune: one Word document and the originals, in one zip."""

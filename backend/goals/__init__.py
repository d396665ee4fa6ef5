"""Rules of a plan that are no village's indicator: two-step reports, floors, «at least one»."""

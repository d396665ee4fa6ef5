"""Stages of a unit on its way to recognition: what the plan names, who moved it when, how long."""

"""The interview: pure, with no input or output, no clock, no database, no chat library.

A form (XForm XML, see `conversations.forms`) and a state (see `conversations.interview.state`)
go in together with one event and the present time; a new state and a list of effects come out.
"""

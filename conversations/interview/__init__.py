"""The interview itself: `step(form, state, event, now) -> (state, effects)`."""

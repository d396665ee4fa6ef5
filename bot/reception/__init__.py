"""Who is speaking and what do they want: enrolment, consent, menu, commands, and the join to the interview."""

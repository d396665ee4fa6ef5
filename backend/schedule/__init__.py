"""What is due, for which period, to whom; APScheduler only ticks."""

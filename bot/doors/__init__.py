"""Which bots this installation has, and what each needs in order to receive and to send."""

"""Photos of submissions judged by officers: deciding, the reasons, the queue, what is told."""

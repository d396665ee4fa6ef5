"""The office: plans, status, evidence, schedule, reports, web pages, storage. It knows no channel."""

"""Reports that an officer asks for once, with their own day («báo cáo đột xuất»)."""

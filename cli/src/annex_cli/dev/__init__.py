"""`annex dev`: the project runs on this machine as it would run anywhere, and follows its sources."""

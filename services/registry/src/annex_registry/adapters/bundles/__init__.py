"""Where bundle bytes are kept: a directory or an S3 bucket."""

"""What the ui-host does: find an asset, and keep its copies of other services' facts current."""

"""What draws: Line-API widgets that know nothing of servers and little of the store."""

"""What the pages read: functions of a connection to frozen values, scoped to what the asker may see."""

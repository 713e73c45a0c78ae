"""Event columns, account records and seals become evidence."""

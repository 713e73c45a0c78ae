"""Values become what people read: screens, reports, notices."""

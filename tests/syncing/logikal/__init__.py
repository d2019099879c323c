"""LOGIKAL through the whole engine, from the stand-in to rows and pages."""

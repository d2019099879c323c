"""What pytest itself needs to know here: the specification, the databases, the browser."""

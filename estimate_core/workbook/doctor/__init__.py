"""What is noticed about a schedule: rules over a book that was read, each giving findings; none changes anything."""

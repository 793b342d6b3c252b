"""The pages: all Streamlit code. A page shows tables and calls one use case; it defines `render(desk, user)`,
and nothing runs on import. `shell.py` is the script that the application runs."""

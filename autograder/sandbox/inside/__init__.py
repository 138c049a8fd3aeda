"""The sandbox's own side, and what both sides speak (`wire`, `limits`). Bound whole into the sandbox."""

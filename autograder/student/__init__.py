"""The student's side: what calls a student's functions, and what they are given. Bound whole into the sandbox."""

"""The page a student gets back: what was earned, what to mend first, and the own code with the marked line.

Everything here works on plain data, loads nothing of nbgrader, and makes a page in one pass over the graded notebook.
"""

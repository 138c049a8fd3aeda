"""A student's own library, `my_nn`: filed by `check`, imported by later notebooks, and what stands in for its gaps.

`folder` knows where it lies, `filing` writes to it, `library` is what `import my_nn` gives, `summary` what
`python -m my_nn` prints, and `earlier` what a notebook finds under that name while it is graded.
"""

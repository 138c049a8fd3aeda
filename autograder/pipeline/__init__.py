"""From submissions to nbgrader's gradebook."""

import sys

# jsonschema, which nbformat brings, compiles a grammar of internationalised web addresses when it is first imported,
# if the package for it is there. No schema of a notebook speaks of such addresses, and that takes longer than all the
# rest of what grading loads: without the package jsonschema goes on without that one check.
if "jsonschema" not in sys.modules and "rfc3987_syntax" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # Python's way to say: not to be found
    try:
        import nbformat
    finally:
        del sys.modules["rfc3987_syntax"]

"""`python -m nn_lib.widgets FOLDER` writes the playground, the stepper and the explorers as pages of their own."""

import sys

from nn_lib.widgets.pages import write_pages

if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
    sys.exit("usage: python -m nn_lib.widgets FOLDER")
for written in write_pages(sys.argv[1]):
    print(written)

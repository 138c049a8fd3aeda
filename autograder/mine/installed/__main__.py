"""`python -m my_nn`: what is in my library, and how much of it is my own."""

from autograder.mine.summary import main

main()

"""Exercises, judge, sandbox and pipeline of the course."""

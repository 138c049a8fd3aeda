"""From a course's text to what is given out: notebooks, and the site."""

# The grader for those who have no Linux, or no bubblewrap. In the course's folder:
#
#   docker build -t backprop-grader PATH_TO_THIS_REPOSITORY
#   docker run --rm -it --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
#       --security-opt systempaths=unconfined -v "$PWD":/course backprop-grader autograder grade NAME
#
# The sandbox makes namespaces and mounts within the container, which Docker's own profiles forbid: hence the three
# options (with Podman: --security-opt seccomp=unconfined --security-opt unmask=ALL). Student code stays in the sandbox;
# what the options open is open to the grader only.
FROM python:3.12-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends bubblewrap \
    && rm -rf /var/lib/apt/lists/*

COPY . /opt/backprop-course
RUN pip install --no-cache-dir -c /opt/backprop-course/constraints.txt -e "/opt/backprop-course[grader]"

# An ordinary user, who owns nothing but the course: on Linux, add --user "$(id -u):$(id -g)" to write as yourself.
RUN useradd --create-home --uid 1000 grader
USER grader
ENV HOME=/tmp
WORKDIR /course
CMD ["autograder", "--help"]

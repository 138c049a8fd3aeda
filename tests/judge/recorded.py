"""The verdicts on every catalogued mistake, for five seeds, as they were recorded; `python tests/judge/recorded.py`
writes them anew. A change of a probe or a tolerance shows in the record's difference, and nothing else may."""

import json
from pathlib import Path

from autograder.exercises import the_course
from autograder.judge.decide import judge
from autograder.judge.mutation import Catalogued

RECORD = Path(__file__).with_name("verdicts.json")
SEEDS = range(5)
# Trained at a rate that is too large for single examples, a network ends where rounding takes it: whether it is good
# enough depends on the processor. Of these mistakes the names are recorded, and no points.
BY_ROUNDING = {("train", "one example at a time 1")}


def verdicts(exercise, seeds=SEEDS):
    """For each mistake of an exercise, in the catalogue's order: points and names, seed by seed."""
    helpers = exercise.code(exercise.reference)
    found, counts = {}, {}
    for mistake in exercise.mistakes:
        counts[mistake.name] = counts.get(mistake.name, 0) + 1
        code = Catalogued({**helpers, **exercise.code(mistake.wrong)})
        rows = [judge(exercise.name, code, seed, explain=None) for seed in seeds]
        key = f"{mistake.name} {counts[mistake.name]}"
        known = (exercise.name, key) not in BY_ROUNDING
        found[key] = [[v.points if known else None, *v.misconceptions] for v in rows]
    return found


def recorded():
    """The record: exercise, mistake, and one entry where all seeds agree."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def shortened(rows):
    return {mistake: each[:1] if all(row == each[0] for row in each) else each for mistake, each in rows.items()}


def main():
    record = {exercise.name: shortened(verdicts(exercise)) for exercise in the_course().exercises.values()}
    lines = (f"{json.dumps(name)}: {json.dumps(rows)}" for name, rows in record.items())
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

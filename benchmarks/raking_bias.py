"""What raking can do about response that depends on the answer itself: next to nothing.

The frame is the ministries'. Leaders have heard of the strategy more often and answer the survey more often, and ministries
differ in both. Besides, those who have heard of it answer more readily (odds ratio 1.475) whatever their ministry and role.
Respondents are raked to ministry and to role.

Run: python benchmarks/raking_bias.py
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from evalkit import load_study
from evalkit.estimate import rake

REPETITIONS = 400
ODDS_RATIO = 1.475  # of answering, between those who had heard of the strategy and those who had not


def population(frame, draw):
    """Return everyone in the frame: ministry, role, and the chances of having heard and of answering."""
    people = frame.loc[frame.index.repeat(frame["population"]), ["ministry", "role"]].reset_index(drop=True)
    ministry = people["ministry"].cat.codes.to_numpy()
    leader = (people["role"] == "leader").to_numpy()
    heard = 0.45 + 0.9 * leader + draw.normal(0, 0.25, 16)[ministry]
    answers = -0.62 + 0.4 * leader + draw.normal(0, 0.15, 16)[ministry]
    return people.assign(heard=expit(heard), answers=answers)


def biases(people, draw):
    """Return how far the share that had heard is off among respondents, as they are and raked."""
    heard = draw.random(len(people)) < people["heard"]
    answered = draw.random(len(people)) < expit(people["answers"] + np.log(ODDS_RATIO) * heard)
    truth = heard.mean()
    sample, said = people.loc[answered, ["ministry", "role"]], heard[answered]
    targets = {name: people[name].value_counts().to_dict() for name in ("ministry", "role")}
    weights = rake(sample, targets)
    return answered.mean(), truth, said.mean() - truth, np.average(said, weights=weights) - truth


def main():
    draw = np.random.default_rng(20230424)
    people = population(load_study("departementsstrategien-2023").frame, draw)
    runs = pd.DataFrame([biases(people, draw) for _ in range(REPETITIONS)], columns=["rate", "truth", "raw", "raked"])
    mean, error = runs.mean(), runs.std() / np.sqrt(REPETITIONS)
    print(f"response rate {mean['rate']:.3f}, share that had heard {mean['truth']:.3f}")
    print(
        f"bias of respondents as they are: {100 * mean['raw']:.2f} points (simulation error {100 * error['raw']:.2f})"
    )
    print(f"bias after raking to ministry and role: {100 * mean['raked']:.2f} points ({100 * error['raked']:.2f})")


if __name__ == "__main__":
    main()

"""Trains a classifier, and finds out how good it is."""
import json
import math
import os
import pathlib
import random


def customers(seed, count):
    """Who left? There is no database behind this example, so the customers are made up, the same ones each time."""
    chance = random.Random(seed)
    for _ in range(count):
        calls, visits = chance.random() * 8, chance.random() * 10
        wish = 0.9 * (calls - 4) - 0.7 * (visits - 5) + 2 * (chance.random() - 0.5)
        yield [1.0, (calls - 4) / 4, (visits - 5) / 5], int(wish > 0)


def probability(weights, features):
    return 1 / (1 + math.exp(-sum(weight * value for weight, value in zip(weights, features))))


def train(context, epochs, out):
    """Gradient descent, from a guess that is wrong on purpose: that everybody leaves."""
    weights = [3.0, 0.0, 0.0]
    rows = list(customers(1, 800))
    for _ in range(epochs):
        steps = [0.0, 0.0, 0.0]
        for features, left in rows:
            error = probability(weights, features) - left
            steps = [step + error * value for step, value in zip(steps, features)]
        weights = [weight - step / len(rows) for weight, step in zip(weights, steps)]
    path = pathlib.Path(out) / context.run.id / "model.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("model.json.part")
    part.write_text(json.dumps(weights))
    os.replace(str(part), str(path))
    return {"model_path": path}


def evaluate(context, model_path):
    """Tests on customers that the training has not seen."""
    weights = json.loads(pathlib.Path(model_path).read_text())
    pairs = [(probability(weights, features) >= 0.5, left == 1) for features, left in customers(2, 400)]
    hits = sum(guess and truth for guess, truth in pairs)
    precision = hits / max(1, sum(guess for guess, _ in pairs))
    recall = hits / max(1, sum(truth for _, truth in pairs))
    found = {
        "accuracy": sum(guess == truth for guess, truth in pairs) / len(pairs),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if hits else 0.0,
    }
    return {name: round(value, 4) for name, value in found.items()}

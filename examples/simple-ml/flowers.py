"""The steps of a small training: each is a function that reads a file, writes a file and hands its path on."""
import csv
import json
import os
import pathlib
import random

# The length and the width of the petals of a typical flower of each kind, in cm.
KINDS = {"setosa": (1.5, 0.3), "versicolor": (4.2, 1.3), "virginica": (5.6, 2.0)}


def extract(context, records):
    """Measures flowers. There is no garden behind this example, so they grow by chance, the same ones each time."""
    if records == 0:
        raise ValueError("the garden is empty: nothing to train with")
    chance = random.Random(7)
    rows = []
    for at in range(records):
        kind = sorted(KINDS)[at % len(KINDS)]
        length, width = KINDS[kind]
        # Now and then nobody wrote the width down.
        missing = chance.random() < 0.02
        wide = "" if missing else round(width + chance.random() - 0.5, 2)
        rows.append([round(length + 2 * chance.random() - 1, 2), wide, kind])
    print("measured", records, "flowers")
    return {"records": records, "path": write_rows(context, "flowers.csv", rows)}


def transform(context, path):
    """Drops what has gaps, and scales both measures to 0 … 1."""
    rows = read_rows(path)
    whole = [row for row in rows if "" not in row]
    columns = [[float(row[at]) for row in whole] for at in (0, 1)]
    scaled = [
        [(float(row[at]) - min(columns[at])) / (max(columns[at]) - min(columns[at])) for at in (0, 1)] + [row[2]]
        for row in whole
    ]
    return {"path": write_rows(context, "scaled.csv", scaled), "dropped": len(rows) - len(whole)}


def train(context, path):
    """Learns the middle of each kind, and tests it on every fifth flower, which it has not seen."""
    rows = [(float(row[0]), float(row[1]), row[2]) for row in read_rows(path)]
    seen = [row for at, row in enumerate(rows) if at % 5 != 0]
    held_back = rows[::5]
    middles = {}
    for kind in sorted(KINDS):
        own = [row for row in seen if row[2] == kind]
        middles[kind] = [sum(row[at] for row in own) / len(own) for at in (0, 1)]

    def guess(row):
        return min(middles, key=lambda kind: sum((row[at] - middles[kind][at]) ** 2 for at in (0, 1)))

    right = sum(guess(row) == row[2] for row in held_back)
    accuracy = round(right / len(held_back), 4)
    print("right about", right, "of", len(held_back), "flowers: accuracy", accuracy)
    model_path = write_whole(folder(context) / "model.json", json.dumps(middles, indent=2))
    return {"accuracy": accuracy, "model_path": model_path}


def folder(context):
    """Of this run alone, so that a run never reads what another one wrote."""
    return pathlib.Path("out") / context.run.id


def read_rows(path):
    with open(path, newline="") as file:
        return list(csv.reader(file))


def write_rows(context, name, rows):
    return write_whole(folder(context) / name, "".join(",".join(map(str, row)) + "\n" for row in rows))


def write_whole(path, text):
    """Writes beside the place and moves it there: who reads the file finds all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    os.replace(part, path)
    return str(path)

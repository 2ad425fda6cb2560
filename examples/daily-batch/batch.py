"""What the tasks do with a batch of labelled rows."""
import csv
import os
import pathlib
import random
import sys

COLUMNS = ["amount", "visits", "label"]


def deliver(context, path):
    """Stands in for whoever sends the batch."""
    kind = context.params["batch"]
    if kind == "none":
        print("nobody sends anything today")
        sys.exit(99)
    chance = random.Random(11)
    rows = []
    for at in range(40 if kind == "short" else 1200):
        label = int(at % 50 == 0) if kind == "one_sided" else at % 2
        amount = round(100 * chance.random(), 2)
        rows.append(["" if kind == "gaps" and at % 5 == 0 else amount, int(20 * chance.random()), label])
    write_whole(path, rows)


def check(context, path, min_rows, max_null_share, min_balance):
    """Looks at all that can be wrong before it complains, so that one look at the error is enough."""
    rows = read(path)
    nulls = sum(value == "" for row in rows for value in row.values())
    null_share = nulls / max(1, len(rows) * len(COLUMNS))
    labels = [row["label"] for row in rows]
    counts = {label: labels.count(label) for label in sorted(set(labels))}
    balance = min(counts.values()) / max(counts.values()) if len(counts) > 1 else 0.0

    wrong = []
    if len(rows) < min_rows:
        wrong.append("{} rows, expected at least {}".format(len(rows), min_rows))
    if null_share > max_null_share:
        wrong.append("{:.1%} of the values are empty, expected at most {:.1%}".format(null_share, max_null_share))
    if balance < min_balance:
        wrong.append("the rarest label is {:.1%} of the commonest, expected at least {:.1%}".format(balance, min_balance))
    if wrong:
        raise ValueError("; ".join(wrong))
    print("fine: {} rows, {:.1%} empty, labels {}".format(len(rows), null_share, counts))
    return {"rows": len(rows), "null_share": round(null_share, 4), "balance": round(balance, 4)}


def build_features(context, path, features):
    """Safe to run twice: what is there already is whole, because it was moved there in one piece."""
    if os.path.exists(features):
        print(features, "is there already: nothing to do")
        sys.exit(99)
    rows = [row for row in read(path) if "" not in row.values()]
    top = max(float(row["amount"]) for row in rows)
    write_whole(features, [[float(row["amount"]) / top, row["visits"], row["label"]] for row in rows])
    print("wrote", len(rows), "rows to", features)


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def write_whole(path, rows):
    """Writes beside the place and moves it there: who reads the file finds all of it or nothing."""
    place = pathlib.Path(path)
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(place.name + ".part")
    with open(str(part), "w", newline="") as file:
        csv.writer(file).writerows([COLUMNS] + rows)
    os.replace(str(part), str(place))

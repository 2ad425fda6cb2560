"""What the tasks of the pipeline do with a file of sales."""
import csv


def read(context):
    with open(context.params["file"], newline="") as file:
        return list(csv.DictReader(file))


def is_number(text):
    try:
        float(text)
        return True
    except ValueError:
        return False


def check(context):
    rows = read(context)
    bad = [str(line) for line, row in enumerate(rows, start=2) if not is_number(row["amount"])]
    if bad:
        raise ValueError("no amount in line " + ", ".join(bad))
    print(len(rows), "rows are fine")
    return {"rows": len(rows)}


def sum_up(context, top):
    rows = sorted(read(context), key=lambda row: -float(row["amount"]))
    return {
        "total": sum(float(row["amount"]) for row in rows),
        "best": [row["product"] for row in rows[:top]],
    }

"""Writes the report of a day. Runs from a shell as well: python report.py --rows 4 --total 67.75"""
import argparse
import json
import os
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, required=True)
parser.add_argument("--total", type=float, required=True)
args = parser.parse_args()

day = "today"
if "ENGINE_CONTEXT" in os.environ:
    day = json.loads(pathlib.Path(os.environ["ENGINE_CONTEXT"]).read_text())["ds"]
path = pathlib.Path("out") / (day + ".txt")
path.parent.mkdir(exist_ok=True)
path.write_text("{} rows, {:.2f} in all\n".format(args.rows, args.total))
print("wrote", path)

if "ENGINE_OUTPUT" in os.environ:
    with open(os.environ["ENGINE_OUTPUT"], "a") as file:
        print("path={}".format(path), file=file)

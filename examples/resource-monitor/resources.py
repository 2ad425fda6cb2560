"""A training that keeps the machine busy, and somebody who watches it meanwhile. Nothing has to be installed."""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time


def train(context, epochs):
    """Fits a line to points, in circles, for as long as it takes."""
    chance = random.Random(3)
    points = [(at / 2000, 2 * at / 2000 + 1 + 0.1 * (chance.random() - 0.5)) for at in range(2000)]
    began = time.monotonic()
    slope = offset = 0.0
    for _ in range(epochs):
        errors = [(slope * x + offset - y, x) for x, y in points]
        slope -= sum(error * x for error, x in errors) / len(points)
        offset -= sum(error for error, _ in errors) / len(points)
    return {"slope": round(slope, 3), "seconds": round(time.monotonic() - began, 3)}


def tell_the_watchers(context, marker):
    pathlib.Path(marker).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(marker).touch()


def watch(context, marker, interval_s):
    """The processor and the memory of this machine, as Linux tells them, until the training has ended."""
    if not os.path.exists("/proc/stat"):
        print("this system has no /proc: nothing to watch")
        sys.exit(99)
    processor, memory = [], []
    before = processor_times()
    for _ in until(marker, interval_s):
        now = processor_times()
        total = now[1] - before[1]
        if total > 0:
            processor.append(100 * (now[0] - before[0]) / total)
        memory.append(memory_percent())
        before = now
    print("looked", len(memory), "times")
    return {
        "cpu_percent": round(sum(processor) / max(1, len(processor)), 1),
        "cpu_percent_max": round(max(processor, default=0.0), 1),
        "memory_percent_max": round(max(memory), 1),
        "looks": len(memory),
    }


def watch_gpus(context, marker, interval_s, program):
    """The same for graphics cards. A machine without any skips the task."""
    if shutil.which(program) is None:
        print("there is no", program, "here: nothing to watch")
        sys.exit(99)
    query = [program, "--query-gpu=utilization.gpu,memory.used,memory.total", "--format=csv,noheader,nounits"]
    used, memory = [], []
    for _ in until(marker, interval_s):
        answer = subprocess.run(query, stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
        for line in answer.strip().splitlines():
            busy, taken, total = (float(value) for value in line.split(","))
            used.append(busy)
            memory.append(100 * taken / total)
    return {"gpu_percent": round(sum(used) / len(used), 1), "gpu_memory_percent_max": round(max(memory), 1)}


def until(marker, interval_s):
    """One turn after each interval; the last one comes when the marker is there."""
    ended = False
    while not ended:
        ended = os.path.exists(marker)
        time.sleep(interval_s)
        yield


def processor_times():
    """Busy and all, in ticks since the machine was started."""
    line = pathlib.Path("/proc/stat").read_text().splitlines()[0]
    # user, nice, system, idle, iowait, irq, softirq, steal; what guests took is a part of the first two.
    ticks = [int(value) for value in line.split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def memory_percent():
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
    return 100 * (1 - kilobytes["MemAvailable"] / kilobytes["MemTotal"])

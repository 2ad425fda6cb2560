"""Runs the code of a `python` task: python-runner.py script PATH [ARGUMENT...] | function WHERE:NAME

Works with every Python from 3.8 on, and needs nothing but its standard library.
"""
import json
import os
import sys
import traceback

HERE = os.path.abspath(__file__)
# Of an error's message, a failure shows this much.
MESSAGE_LENGTH_MAX = 2000


class TaskError(Exception):
    """Ends the task with a reason of the engine's."""

    def __init__(self, reason, message, final=False):
        super().__init__(message)
        self.report = {"reason": reason, "message": message, "final": final}


def tell(report):
    """Says to the engine why the task failed."""
    with open(os.open(os.environ["ENGINE_ERROR"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(report, file)


def is_foreign(frame):
    """Whether a frame is not the author's."""
    name = frame.filename
    return name == HERE or name.startswith("<frozen importlib")


def cut(shown, seen):
    """Takes the frames out of a traceback that are not the author's, also out of what led to it."""
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    shown.stack = traceback.StackSummary.from_list([frame for frame in shown.stack if not is_foreign(frame)])
    for inner in [shown.__cause__, shown.__context__] + list(getattr(shown, "exceptions", None) or []):
        cut(inner, seen)


def show(kind, error, trace):
    """Prints an exception that nobody caught, and says it to the engine."""
    shown = traceback.TracebackException(kind, error, trace)
    if isinstance(error, TaskError):
        tell(error.report)
        print(error, file=sys.stderr)
        return
    cut(shown, set())
    print("".join(shown.format()), end="", file=sys.stderr)
    lines = "".join(shown.format_exception_only()).strip().splitlines()
    sentence = " ".join(lines)
    if issubclass(kind, SyntaxError):
        sentence = "{} ({}, line {})".format(lines[-1], error.filename, error.lineno)
    missing = isinstance(error, ModuleNotFoundError)
    if missing:
        sentence += " (for the interpreter {})".format(sys.executable)
    tell({"reason": "not_found" if missing else "exception", "message": sentence[:MESSAGE_LENGTH_MAX]})


def run_script(path, arguments):
    """Runs a script as `python PATH ARGUMENT...` would, as the module `__main__`."""
    from types import ModuleType

    if not os.path.isfile(path):
        raise TaskError("not_found", "there is no script {}".format(os.path.abspath(path)), True)
    sys.argv = [path] + arguments
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    with open(path, "rb") as file:
        source = file.read()
    main = ModuleType("__main__")
    main.__file__ = path
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
    exec(compile(source, path, "exec"), main.__dict__)


def load(where):
    """The module of a function."""
    import importlib
    import importlib.util

    if not where.endswith(".py"):
        sys.path[0] = os.getcwd()
        try:
            return importlib.import_module(where)
        except ModuleNotFoundError as error:
            if error.name is not None and (where == error.name or where.startswith(error.name + ".")):
                text = "there is no module {} (looked in {} and what {} has installed)"
                raise TaskError("not_found", text.format(where, os.getcwd(), sys.executable), True) from None
            raise
    path = os.path.abspath(where)
    if not os.path.isfile(path):
        raise TaskError("not_found", "there is no file {}".format(path), True)
    sys.path[0] = os.path.dirname(path)
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def context_of(told):
    """The context as an object, with its times as datetimes."""
    from datetime import datetime
    from types import SimpleNamespace

    run = dict(told["run"])
    for name in ("logical_date", "data_interval_start", "data_interval_end"):
        run[name] = datetime.fromisoformat(run[name].replace("Z", "+00:00"))
    return SimpleNamespace(**dict(told, run=SimpleNamespace(**run)))


def plain(value):
    """What JSON doesn't have: a number of NumPy, a date, a path."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return value.item()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "__fspath__"):
        return os.fspath(value)
    raise TypeError("a value of type {} is not JSON".format(type(value).__name__))


def call_function(what):
    """Calls a function, and hands on what it returns."""
    where, _, name = what.rpartition(":")
    with open(os.environ["ENGINE_CONTEXT"], encoding="utf-8") as file:
        told = json.load(file)
    arguments = told.pop("with")
    sys.argv = [where]
    module = load(where)
    called = getattr(module, name, None)
    if not callable(called):
        raise TaskError("not_found", "{} has no function `{}`".format(where, name), True)
    returned = called(context_of(told), **arguments)
    if hasattr(returned, "__await__"):
        import asyncio

        async def settle():
            return await returned

        returned = asyncio.run(settle())
    if returned is None:
        return
    if not isinstance(returned, dict):
        text = "the function returned {}: it must be a dict of outputs by name, or None"
        raise TaskError("output_invalid", text.format(type(returned).__name__))
    try:
        text = json.dumps(returned, default=plain, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TaskError("output_invalid", "the function returned something that JSON can't hold: {}".format(error)) from None
    with open(os.environ["ENGINE_OUTPUT"], "a", encoding="utf-8") as file:
        file.write(text + "\n")


# Whoever starts processes afresh (`multiprocessing` with `spawn`) loads this file in them again, under another name.
if __name__ == "__main__":
    sys.excepthook = show
    if sys.argv[1] == "script":
        run_script(sys.argv[2], sys.argv[3:])
    else:
        call_function(sys.argv[2])
